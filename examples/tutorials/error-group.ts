/**
 * Several failures handled together, by kind: what `except*` does in Python.
 *
 * Prints:
 *   values: negative number, no number
 *   ranges: too large
 *   not handled: disk full
 */
import { handleErrors, leaves, TaskGroup, within } from 'withal'
import type { ErrorGroup } from 'withal'

const fail = (error: Error) => async () => {
  throw error
}
const messages = (group: ErrorGroup<Error>): string =>
  leaves(group)
    .map((error) => error.message)
    .join(', ')

async function work(): Promise<void> {
  await within(new TaskGroup({ supervise: true }), (group) => {
    group.spawn(fail(new TypeError('negative number')))
    group.spawn(fail(new RangeError('too large')))
    group.spawn(fail(new TypeError('no number')))
    group.spawn(fail(new Error('disk full')))
  })
}

try {
  await work().catch((error: unknown) =>
    handleErrors(error, [
      [TypeError, (group) => console.log(`values: ${messages(group)}`)],
      [RangeError, (group) => console.log(`ranges: ${messages(group)}`)],
    ]),
  )
} catch (rest) {
  console.log(`not handled: ${messages(rest as ErrorGroup<Error>)}`)
}
