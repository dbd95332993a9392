/** What development diagnostics say about handles. */
import { setImmediate } from 'node:timers/promises'
import { contextManager, diagnose, hold, holdSync, within } from 'withal'
import type { Diagnostic } from 'withal'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { asyncManager, syncManager } from '../../test/scripted-managers.ts'

const heard: Diagnostic[] = []
let stop: () => void
beforeEach(() => {
  heard.length = 0
  stop = diagnose((diagnostic) => heard.push(diagnostic))
})
afterEach(() => stop())

/** Collects garbage until this holds; collection may take some turns. */
async function collectUntil(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 50 && !condition(); turn++) {
    globalThis.gc?.()
    await setImmediate()
  }
}

class Connection {
  readonly exit: () => void
  constructor(exit: () => void) {
    this.exit = exit
  }
  async '~enterAsync'(): Promise<this> {
    return this
  }
  async '~exitAsync'(): Promise<void> {
    this.exit()
  }
}

async function forgetOne(exit: () => void): Promise<void> {
  await hold(new Connection(exit))
}

test('ACM-18 a handle that is collected without disposal is named with the place where it was opened', async () => {
  const exit = vi.fn<() => void>()
  await forgetOne(exit)
  await collectUntil(() => heard.length > 0)
  expect(heard).toEqual([
    {
      code: 'WITHAL_NEVER_CLOSED',
      message: expect.stringMatching(/^a handle of .*Connection was never closed.*Opened at:\n/) as string,
      openedAt: expect.stringMatching(/^ +at forgetOne .*never-closed\.test\.ts/) as string,
    },
  ])
})

test('ACM-18 nothing is run for a handle that is collected', async () => {
  const exit = vi.fn<() => void>()
  await forgetOne(exit)
  await collectUntil(() => heard.length > 0)
  expect(exit).not.toHaveBeenCalled()
})

test('ACM-18 nothing is said while nobody listens', async () => {
  stop()
  let collected = false
  const registry = new FinalizationRegistry(() => (collected = true))
  await (async () => registry.register(await hold(new Connection(() => {})), undefined))()
  await collectUntil(() => collected)
  expect([collected, heard]).toEqual([true, []])
})

test('ACM-18 nothing is said of a handle that was disposed', async () => {
  const open = async (): Promise<void> => {
    await using _handle = await hold(new Connection(() => {}))
  }
  await open()
  for (let turn = 0; turn < 5; turn++) {
    globalThis.gc?.()
    await setImmediate()
  }
  expect(heard).toEqual([])
})

const transaction = contextManager(function* () {
  yield 'tx'
})

test('a block that was left without a word is named, where a word makes a difference', () => {
  const block = (): void => {
    using _handle = holdSync(transaction())
  }
  block()
  expect(heard).toMatchObject([
    {
      code: 'WITHAL_LEFT_WITHOUT_A_WORD',
      message: expect.stringContaining('`complete()` (`commit()`, `join()`) was forgotten') as string,
      openedAt: expect.stringMatching(/^ +at block .*never-closed\.test\.ts/) as string,
    },
  ])
})

test('a block that was left with a word is not named', async () => {
  {
    using handle = holdSync(transaction())
    handle.complete()
  }
  {
    await using handle = await hold(transaction())
    handle.fail(new Error('body'))
  }
  expect(heard).toEqual([])
})

test('a block whose exit takes no argument needs no word', () => {
  {
    using _handle = holdSync({ '~enter': () => 'file', '~exit': () => {} })
    using _disposable = holdSync({ [Symbol.dispose]: () => {} })
  }
  expect(heard).toEqual([])
})

test('the callback form needs no word', async () => {
  await within(asyncManager({}), hold(syncManager({})), () => {})
  expect(heard).toEqual([])
})

function forgetBody(): void {
  within(asyncManager({}))
}

test('ACM-18 a step that nobody takes is named with the place where the body is missing', async () => {
  forgetBody()
  await collectUntil(() => heard.length > 0)
  expect(heard).toEqual([
    {
      code: 'WITHAL_STEP_NOT_TAKEN',
      message: expect.stringMatching(/^`within` of an object.* was given no body.*`yield\*`.*Called at:\n/) as string,
      openedAt: expect.stringMatching(/^ +at forgetBody .*never-closed\.test\.ts/) as string,
    },
  ])
})

test('ACM-18 a step that is taken is not named', async () => {
  const taken = contextManager(async function* () {
    yield yield* within(syncManager({}))
  })
  await within(taken(), () => {})
  await collectUntil(() => heard.length > 0)
  expect(heard).toEqual([])
})
