/** CS-18 What Node and the web reject with when they were given our signal counts as our Cancelled (fact JF-12). */
import { execFile, spawn } from 'node:child_process'
import { EventEmitter, on, once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { scheduler, setImmediate, setInterval, setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CancelScope, checkpoint, moveOnAfter, sleep, TaskGroup, within } from 'withal'
import { describe, expect, test } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

type Api = (signal: AbortSignal) => Promise<unknown>

const execute = promisify(execFile)
const forEver = ['-e', 'setInterval(() => {}, 1000)']

const apis: readonly (readonly [string, Api])[] = [
  ['timers/promises setTimeout', (signal) => setTimeout(60_000, undefined, { signal })],
  ['timers/promises setImmediate', (signal) => setImmediate(undefined, { signal })],
  ['timers/promises scheduler.wait', (signal) => scheduler.wait(60_000, { signal })],
  [
    'timers/promises setInterval',
    async (signal) => {
      for await (const _ of setInterval(60_000, undefined, { signal }));
    },
  ],
  ['events.once', (signal) => once(new EventEmitter(), 'never', { signal })],
  [
    'events.on',
    async (signal) => {
      for await (const _ of on(new EventEmitter(), 'never', { signal }));
    },
  ],
  ['stream/promises finished', (signal) => finished(new PassThrough(), { signal })],
  ['stream/promises pipeline', (signal) => pipeline(new PassThrough(), new PassThrough(), { signal })],
  ['child_process execFile', (signal) => execute(process.execPath, forEver, { signal })],
  [
    'child_process spawn',
    async (signal) => {
      const child = spawn(process.execPath, forEver, { signal, stdio: 'ignore' })
      const exited = new Promise((resolve) => child.once('exit', resolve))
      const [error] = await once(child, 'error')
      await exited
      throw error
    },
  ],
]

describe.each(apis)('%s', (_, call) => {
  test('CS-18 that is stopped by the scope’s signal counts as its Cancelled', async () => {
    const scope = new CancelScope()
    const running = within(scope, () => call(scope.signal))
    scope.cancel()
    expect([await running, scope.caught]).toEqual([undefined, true])
  })

  test('CS-18 that is stopped by the signal of a scope inside counts as the outer’s Cancelled', async () => {
    const outer = new CancelScope()
    const running = within(outer, new CancelScope(), (_outer, inner) => call(inner.signal))
    outer.cancel()
    expect([await running, outer.caught]).toEqual([undefined, true])
  })
})

test('CS-18 fs/promises readFile that is stopped by the scope’s signal counts as its Cancelled', async () => {
  const scope = new CancelScope()
  const running = within(scope, () => {
    const reading = readFile(process.execPath, { signal: scope.signal })
    scope.cancel()
    return reading
  })
  expect([await running, scope.caught]).toEqual([undefined, true])
})

describe('fetch', () => {
  test('CS-18 that waits for an answer is stopped by the scope, and counts as its Cancelled', async () => {
    await withSilentServer(async (url, asked) => {
      const scope = new CancelScope()
      const running = within(scope, () => fetch(url, { signal: scope.signal }))
      await asked
      scope.cancel('enough')
      expect([await running, scope.caught]).toEqual([undefined, true])
    })
  })

  test('CS-29 rejects with the very Cancelled', async () => {
    await withSilentServer(async (url, asked) => {
      await within(new CancelScope(), async (scope) => {
        const fetching = fetch(url, { signal: scope.signal })
        await asked
        scope.cancel()
        expect(await thrownBy(() => fetching)).toBe(scope.signal.reason)
      })
    })
  })

  test('CS-18 that a deadline stops ends the block', async () => {
    await withSilentServer(async (url) => {
      const scope = moveOnAfter(1)
      expect(await within(scope, ({ signal }) => fetch(url, { signal }))).toBeUndefined()
    })
  })
})

describe('CS-18 stays an error:', () => {
  test.each([
    ['an ordinary error whose cause is the Cancelled', (cause: unknown) => new Error('no data', { cause })],
    ['an AbortError whose cause is an ordinary error', () => abortError(new Error('line broke'))],
    [
      'an AbortError with an ordinary error between it and the Cancelled',
      (cause: unknown) => abortError(new Error('between', { cause })),
    ],
    ['an AbortError of a signal elsewhere', () => abortError(new DOMException('elsewhere', 'TimeoutError'))],
  ])('CS-18 %s', async (_, make) => {
    const scope = new CancelScope()
    const running = within(scope, async () => {
      scope.cancel()
      throw make(await thrownBy(() => sleep(1)))
    })
    expect(await thrownBy(() => running)).not.toBeUndefined()
    expect(scope.caught).toBe(false)
  })
})

test('CS-18 an AbortError whose cause is an AbortError whose cause is the Cancelled counts', async () => {
  const scope = new CancelScope()
  const running = within(scope, async () => {
    scope.cancel()
    throw abortError(abortError(await thrownBy(() => sleep(1))))
  })
  expect([await running, scope.caught]).toEqual([undefined, true])
})

test('CS-18 axios’ cancellation, which has no cause, counts when it was given the signal', async () => {
  const scope = new CancelScope()
  const running = within(scope, ({ signal }) => {
    scope.cancel()
    throw Object.assign(new Error('canceled'), { name: 'CanceledError', code: signal.aborted ? 'ERR_CANCELED' : '' })
  })
  expect([await running, scope.caught]).toEqual([undefined, true])
})

test('CS-18 a task that ends by an AbortError of the platform was cancelled, and is no failure of its group', async () => {
  const result = await within(new TaskGroup(), async (group) => {
    group.spawn((signal) => setTimeout(60_000, undefined, { signal }))
    await checkpoint({ macrotask: true })
    group.cancel()
    return 'no failure'
  })
  expect(result).toBe('no failure')
})

function abortError(cause: unknown): Error {
  return Object.assign(new Error('aborted', { cause }), { name: 'AbortError', code: 'ABORT_ERR' })
}

/** A server that takes requests and never answers; `asked` is settled with the first one. */
async function withSilentServer(body: (url: string, asked: Promise<unknown>) => Promise<unknown>): Promise<void> {
  const server = createServer(() => {})
  const asked = once(server, 'request')
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked)
  } finally {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}
