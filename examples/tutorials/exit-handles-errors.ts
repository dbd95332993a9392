/**
 * What an exit can do about the failure of its block: let it pass, swallow it, throw another one in its place, or fail
 * itself. Nothing is lost that was not dropped on purpose.
 *
 * Prints:
 *   passed: RangeError: no row 7
 *   swallowed: undefined
 *   translated: Error: user 7 does not exist, caused by RangeError: no row 7
 *   replaced: Error: not found, caused by nothing
 *   both failed: RangeError: no row 7, then Error: connection lost
 */
import { AsyncExitStack, contextManager, leaves, replace, within } from 'withal'
import type { Outcome } from 'withal'

async function readRow(): Promise<string> {
  throw new RangeError('no row 7')
}
const show = (error: unknown): string =>
  `${String(error)}, caused by ${error instanceof Error && error.cause !== undefined ? String(error.cause) : 'nothing'}`

const passing = contextManager(async function* () {
  try {
    yield
  } catch {
    // Looking at it is not swallowing it.
  }
})
await within(passing(), readRow).catch((error: unknown) => console.log(`passed: ${String(error)}`))

const swallowing = contextManager(async function* () {
  try {
    yield
  } catch (error) {
    if (error instanceof RangeError) return true
    throw error
  }
  return undefined
})
console.log(`swallowed: ${await within(swallowing(), readRow)}`)

const translating = contextManager(async function* () {
  try {
    yield
  } catch {
    throw new Error('user 7 does not exist') // what it was told becomes its cause
  }
})
await within(translating(), readRow).catch((error: unknown) => console.log(`translated: ${show(error)}`))

const replacing = {
  '~enter': () => undefined,
  '~exit': (outcome: Outcome) => (outcome.status === 'failed' ? replace(new Error('not found')) : undefined),
}
await within(replacing, readRow).catch((error: unknown) => console.log(`replaced: ${show(error)}`))

await within(new AsyncExitStack(), async (stack) => {
  stack.defer(() => Promise.reject(new Error('connection lost')))
  return await readRow()
}).catch((error: unknown) => console.log(`both failed: ${leaves(error).map(String).join(', then ')}`))
