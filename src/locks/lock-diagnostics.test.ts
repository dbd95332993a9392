/** What development diagnostics notice about locks. */
import { setImmediate } from 'node:timers/promises'
import { diagnose, Flag, gather, Mutex, ReadWriteLock, Semaphore, StateError, TaskGroup, within } from 'withal'
import type { Diagnostic } from 'withal'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

const heard: Diagnostic[] = []
let stop: () => void
beforeEach(() => {
  heard.length = 0
  stop = diagnose((diagnostic) => heard.push(diagnostic))
})
afterEach(() => stop())

describe('waiting for what a block around holds', () => {
  test('LK-06 is an error at once, with both places', async () => {
    const mutex = new Mutex({ name: 'orders' })
    function outerBlock(): Promise<unknown> {
      return within(mutex, () => innerBlock())
    }
    function innerBlock(): Promise<unknown> {
      return thrownBy(() => within(mutex, () => {}))
    }
    const error = await outerBlock()
    expect(error).toBeInstanceOf(StateError)
    expect(error).toMatchObject({ code: 'WITHAL_SELF_DEADLOCK' })
    expect(String(error)).toMatch(
      /the mutex "orders" is held by a block around it[^]*innerBlock[^]*Held at:[^]*outerBlock/,
    )
    expect(mutex.statistics()).toEqual({ locked: false, waiting: 0 })
  })

  test.for([
    ['acquire', (mutex: Mutex) => mutex.acquire()],
    ['runExclusive', (mutex: Mutex) => mutex.runExclusive(() => {})],
  ] as const)('LK-06 is noticed by `%s`, too, and in what `runExclusive` runs', async ([, wait]) => {
    const mutex = new Mutex()
    expect(await mutex.runExclusive(() => thrownBy(() => wait(mutex)))).toMatchObject({ code: 'WITHAL_SELF_DEADLOCK' })
    expect(mutex.locked).toBe(false)
  })

  test('LK-06 is none for what another block holds', async () => {
    const mutex = new Mutex()
    const block = (): Promise<void> => within(mutex, () => setImmediate())
    await Promise.all([block(), block()])
    await gather([block, block])
    expect(mutex.locked).toBe(false)
  })

  test('LK-06 is none for a child task: the block may end before', async () => {
    const mutex = new Mutex()
    await within(new TaskGroup(), (group) =>
      within(mutex, () => void group.spawn(() => within(mutex, () => setImmediate()))),
    )
    expect(mutex.locked).toBe(false)
  })

  test('LK-06 is none for a semaphore that has enough left', async () => {
    const semaphore = new Semaphore(2)
    await within(semaphore.permit(), async () => {
      const other = await semaphore.acquire()
      const waiting = within(semaphore.permit(), () => {})
      other.release()
      await waiting
      expect(await thrownBy(() => within(semaphore.permit(), semaphore.permit(), () => {}))).toMatchObject({
        code: 'WITHAL_SELF_DEADLOCK',
      })
    })
    expect(semaphore.free).toBe(2)
  })

  test('LK-20 is how the upgrade of a reader is refused', async () => {
    const lock = new ReadWriteLock()
    expect(await within(lock.reader, () => thrownBy(() => lock.writer.acquire()))).toMatchObject({
      code: 'WITHAL_SELF_DEADLOCK',
    })
  })

  test('LK-20 is also behind a writer who waits for the reader around', async () => {
    const lock = new ReadWriteLock()
    const isReading = new Flag()
    const isWriterWaiting = new Flag()
    const reading = within(lock.reader, async () => {
      isReading.set()
      await isWriterWaiting.wait()
      return await thrownBy(() => lock.reader.acquire())
    })
    await isReading.wait()
    const writing = lock.writer.acquire()
    isWriterWaiting.set()
    expect(await reading).toMatchObject({ code: 'WITHAL_SELF_DEADLOCK' })
    ;(await writing).release()
  })
})

describe('a permit that was forgotten', () => {
  test('LK-07 is named, and whoever waits gets an error instead of waiting for ever', async () => {
    const mutex = new Mutex({ name: 'orders' })
    await (async function forgetful() {
      await mutex.acquire()
    })()
    const waiting = thrownBy(() => mutex.acquire())
    for (let turn = 0; turn < 20 && heard.length === 0; turn++) {
      globalThis.gc?.()
      await setImmediate()
    }
    expect(heard.map(({ code, message }) => [code, message.includes('a permit of the mutex "orders"')])).toEqual([
      ['WITHAL_NEVER_CLOSED', true],
    ])
    expect(await waiting).toMatchObject({ code: 'WITHAL_HOLDER_GONE' })
    const later = await thrownBy(() => mutex.acquire())
    expect(String(later)).toMatch(/the mutex "orders" is held by a permit that was collected[^]*forgetful/)
  })

  test('LK-07 is not one that was released', async () => {
    const mutex = new Mutex()
    await (async () => (await mutex.acquire()).release())()
    globalThis.gc?.()
    await setImmediate()
    await within(mutex, () => {})
    expect(heard).toEqual([])
  })
})
