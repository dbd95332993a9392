/** What locks say when they are used in a way that cannot be meant, and that it leaves nothing behind. */
import {
  CancelScope,
  Condition,
  KeyedLock,
  Mutex,
  PriorityQueue,
  ReadWriteLock,
  Semaphore,
  TimeoutError,
  UsageError,
  within,
} from 'withal'
import { describe, expect, test } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

/** Calls that types forbid, as JavaScript makes them. */
const careless = (value: unknown): never => value as never

const misuses: readonly (readonly [string, () => unknown, string])[] = [
  [
    'more free permits than there are',
    () => new Semaphore(3, { initial: 5 }),
    '`initial` is 5, and there are to be 3 permits. Give at most as many.',
  ],
  ['a number in place of options', () => new Semaphore(3).acquire(careless(2)), 'The options of a wait are 2 (number)'],
  ['null in place of options', () => new Mutex().acquire(careless(null)), 'The options of a wait are null (object)'],
  ['NaN notifications', () => notify(NaN), '`count` is NaN (number). Give a whole number'],
  ['a word for a number of notifications', () => notify(careless('all')), '`count` is all (string)'],
  ['a lock that is no Mutex', () => new Condition({ lock: careless(new Semaphore(1)) }), 'Give a Mutex'],
  ['an asynchronous predicate', () => waitFor(careless(async () => false)), 'Give a function that answers at once'],
  ['no ranking of a PriorityQueue', () => new PriorityQueue(careless(undefined)), 'neither `key` nor `compare`'],
]

function notify(count: number): Promise<void> {
  const condition = new Condition()
  return within(condition, () => condition.notify(count))
}

function waitFor(predicate: () => unknown): Promise<unknown> {
  const condition = new Condition()
  return within(condition, () => condition.waitFor(predicate))
}

test.for(misuses)('%s is refused, and the message says what to do', async ([, misuse, text]) => {
  const error = await thrownBy(async () => misuse())
  expect(error).toBeInstanceOf(UsageError)
  expect((error as Error).message).toContain(text)
})

describe('LK-21 a keyed lock keeps nothing of a key', () => {
  const refusals: readonly (readonly [string, (lock: KeyedLock<string>) => unknown])[] = [
    ['a signal that has aborted', (lock) => lock.acquire('a', { signal: AbortSignal.abort('gone') })],
    ['a cancelled scope', (lock) => inCancelledScope(() => lock.acquire('a'))],
    ['a block in a cancelled scope', (lock) => inCancelledScope(() => within(lock.permit('a'), () => {}))],
    ['`runExclusive` in a cancelled scope', (lock) => inCancelledScope(() => lock.runExclusive('a', () => {}))],
    ['an option that makes no sense', (lock) => lock.acquire('a', { timeout: NaN })],
  ]

  test.for(refusals)('whose wait was refused by %s', async ([, refused]) => {
    const lock = new KeyedLock<string>()
    await Promise.resolve()
      .then(() => refused(lock))
      .catch(() => {})
    expect(lock.size).toBe(0)
    using _permit = await lock.acquire('a')
    expect(lock.size).toBe(1)
  })

  function inCancelledScope(body: () => unknown): Promise<unknown> {
    const scope = new CancelScope()
    scope.cancel()
    return within(scope, async () => void (await body()))
  }

  test('and takes a key that has no text', async () => {
    const key: object = Object.create(null) as object
    const lock = new KeyedLock<object>()
    using _permit = await lock.acquire(key)
    expect(lock.locked(key)).toBe(true)
  })
})

describe('LK-17 a semaphore that has become smaller', () => {
  test('LK-15 refuses a manager that takes more than there are now', async () => {
    const semaphore = new Semaphore(5)
    const permit = semaphore.permit({ count: 5 })
    semaphore.resize(3)
    expect(await thrownBy(() => within(permit, () => {}))).toBeInstanceOf(UsageError)
    semaphore.resize(5)
    await within(permit, () => expect(semaphore.free).toBe(0))
  })

  test('lets who asks for one wait until there are some, said or not', async () => {
    const semaphore = new Semaphore(1)
    semaphore.resize(0)
    const waiting = [semaphore.acquire(), semaphore.acquire({ count: 1 })]
    semaphore.resize(2)
    await Promise.all(waiting)
    expect(semaphore.free).toBe(0)
  })
})

test('LK-16 more than there are cannot be released, which is no wrong wait', () => {
  expect(thrownAtOnceBy(() => new Semaphore(3, { initial: 0 }).release(5))).toMatchObject({
    code: 'WITHAL_RELEASED_TOO_OFTEN',
  })
})

test('LK-20 a read-write lock says who has it, in words', async () => {
  const lock = new ReadWriteLock({ name: 'tree' })
  const reading = await lock.reader.acquire()
  const writing = await thrownBy(() => lock.writer.acquire({ timeout: 0 }))
  reading.release()
  using _writing = await lock.writer.acquire()
  const error = await thrownBy(() => lock.reader.acquire({ timeout: 0 }))
  expect([writing, error].map((each) => (each as TimeoutError).message)).toEqual([
    'the read-write lock "tree" was not free for writing within 0 ms: 1 read, 0 waiting.',
    'the read-write lock "tree" was not free for reading within 0 ms: somebody writes, 0 waiting.',
  ])
})
