import { CancelScope, ReadWriteLock, TimeoutError, within } from 'withal'
import { describe, expect, test } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { thrownBy } from '../../test/thrown.ts'

describe('a read-write lock', () => {
  test('LK-20 lets many read, and nobody write meanwhile', async () => {
    const lock = new ReadWriteLock()
    await within(lock.reader, lock.reader, () => {
      expect(lock.statistics()).toEqual({ readers: 2, writing: false, waiting: 0 })
      expect(lock.writer.tryAcquire()).toBe(undefined)
    })
    expect(lock.locked).toBe(false)
  })

  test('LK-20 lets one write, and nobody read or write meanwhile', async () => {
    const lock = new ReadWriteLock()
    await within(lock.writer, () => {
      expect(lock.statistics()).toEqual({ readers: 0, writing: true, waiting: 0 })
      expect([lock.reader.tryAcquire(), lock.writer.tryAcquire()]).toEqual([undefined, undefined])
    })
    expect(lock.locked).toBe(false)
  })

  test('LK-20 serves readers and writers in the order of asking, so that no writer is starved', async () => {
    const lock = new ReadWriteLock()
    const log: string[] = []
    const first = await lock.reader.acquire()
    const begun = (name: string, side: 'reader' | 'writer'): Promise<void> =>
      within(lock[side], async () => {
        log.push(name)
        await settled()
      })
    const others = [begun('w1', 'writer'), begun('r1', 'reader'), begun('r2', 'reader'), begun('w2', 'writer')]
    expect(lock.waiting).toBe(4)
    first.release()
    await Promise.all(others)
    expect(log).toEqual(['w1', 'r1', 'r2', 'w2'])
  })

  test('LK-20 when a waiting writer is cancelled, the readers behind it go on', async () => {
    const lock = new ReadWriteLock()
    using _first = await lock.reader.acquire()
    const scope = new CancelScope()
    const writer = within(scope, () => lock.writer.acquire())
    const reader = lock.reader.acquire()
    scope.cancel()
    ;(await reader).release()
    await writer
  })

  test('LK-20 a reader does not become a writer: it would wait for itself', async () => {
    const lock = new ReadWriteLock()
    const upgrade = await thrownBy(() => within(lock.reader, () => lock.writer.acquire({ timeout: 0 })))
    expect(upgrade).toBeInstanceOf(TimeoutError)
    expect(lock.locked).toBe(false)
  })
})
