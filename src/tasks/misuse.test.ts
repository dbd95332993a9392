/** What tasks and scopes say when they are given something that cannot be meant: what it was, and what to give. */
import {
  asCompleted,
  bind,
  cancellable,
  CancelScope,
  captureContext,
  gather,
  onLateError,
  retry,
  runMain,
  shield,
  sleep,
  TaskGroup,
  UsageError,
  wait,
  within,
} from 'withal'
import { expect, test } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

/** Calls that types forbid, as JavaScript makes them. */
const careless = (value: unknown): never => value as never
const begun = Promise.resolve('begun')

const misuses: readonly (readonly [string, () => unknown, string])[] = [
  ['`shield` of a promise', () => shield(careless(begun)), '`shield` got a promise, whose work has begun already'],
  ['`retry` of a promise', () => retry(careless(begun)), '`retry` got a promise, whose work has begun already'],
  ['`retry` with a factor that is none', () => retry(fails, { factor: NaN }), '`factor` is NaN'],
  ['`retry` with a longest delay that is none', () => retry(fails, { maxDelay: careless('1s') }), '`maxDelay` is 1s'],
  ['`gather` of nothing', () => gather(careless(undefined)), '`gather` got no list. Give functions'],
  ['`gather` of a promise', () => gather(careless(begun)), '`gather` got'],
  ['`asCompleted` of a number', () => asCompleted(careless(5)), '`asCompleted` got no list. Give functions'],
  ['`wait` for promises', () => wait([careless(begun)]), 'for a task. Give what `group.spawn` gives.'],
  ['`wait` for nothing in a list', () => wait([careless(undefined)]), '`wait` got undefined for a task'],
  ['`bind` of a value', () => bind(careless(5)), '`bind` got 5. Give a function'],
  ['a context that is to run a promise', () => captureContext().run(careless(begun)), '`run` got a promise'],
  ['`cancellable` of a function', () => cancellable(careless(fails)), 'Give the promise: call the function'],
  ['a scope with a controller for a signal', () => scopeWith(new AbortController()), '`signal` is not an AbortSignal'],
  ['a scope with null for a signal', () => scopeWith(null), '`signal` is not an AbortSignal'],
  ['a group with other errors', () => new TaskGroup({ errors: careless('all') }), "Give 'group' or 'first'"],
  ['a group with an `onError` that is none', () => new TaskGroup({ onError: careless(true) }), '`onError` is true'],
  ['`runMain` with a word of signals', () => runMain(() => {}, { signals: careless('SIGTERM') }), "`['SIGTERM']`"],
]

function fails(): Promise<never> {
  return Promise.reject(new Error('it fails'))
}

function scopeWith(signal: unknown): CancelScope {
  return new CancelScope({ signal: careless(signal) })
}

test.for(misuses)('%s is refused, and the message says what to do', async ([, misuse, text]) => {
  const error = await thrownBy(async () => await misuse())
  expect(error).toBeInstanceOf(UsageError)
  expect((error as Error).message).toContain(text)
})

test('TG-42 what an asynchronous `onError` is rejected with is a late error', async () => {
  const late: unknown[] = []
  const failure = new Error('the log is full')
  const remove = onLateError((error, { name }) => (late.push([error, name]), 'handled'))
  const onError = careless(() => Promise.reject(failure))
  await within(new TaskGroup({ name: 'jobs', supervise: true, onError }), async (group) => {
    group.spawn(fails)
    await sleep(1)
  })
  remove()
  expect(late).toEqual([[failure, 'jobs']])
})
