/**
 * Generators that run inside a manager: entered at the first `next`, exited when they have ended. Each step runs inside
 * the manager; what the consumer does between the steps does not.
 */
import { enterFully } from './enter-fully.ts'
import { enterSync } from './entering.ts'
import type { Entered } from './entering.ts'
import { unwind, unwindSync } from './exits.ts'
import { completed, concluded, failed, unknown } from './outcome.ts'
import type { Outcome } from './outcome.ts'

/** Drives a generator inside a synchronous manager. */
export function* driveSync(
  manager: () => unknown,
  begin: (value: unknown) => Generator<unknown, unknown, unknown>,
): Generator<unknown, unknown, unknown> {
  const entered = enterSync(manager(), '`wrap` of a generator function')
  const step = stepper(entered)
  let outcome = unknown // and so it stays when the consumer closes the generator early
  let generator: Generator<unknown, unknown, unknown> | undefined
  let result: unknown
  try {
    generator = begin(entered.value)
    const inner = generator
    let state = step(() => inner.next())
    while (state.done !== true) {
      let sent: unknown
      let thrown: { readonly error: unknown } | undefined
      try {
        sent = yield state.value
      } catch (error) {
        thrown = { error }
      }
      const { error } = thrown ?? {}
      state = step(() => (thrown === undefined ? inner.next(sent) : inner.throw(error)))
    }
    result = state.value
    outcome = completed
  } catch (error) {
    outcome = failed(error)
  } finally {
    if (outcome === unknown) outcome = closeSync(generator, step)
    outcome = unwindSync([entered], outcome)
    if (outcome.status === 'failed') throw outcome.error // oxlint-disable-line no-unsafe-finally -- closing early fails, too
  }
  return concluded(outcome, result)
}

/** Drives a generator inside a manager of any kind. */
export async function* driveAsync(
  manager: () => unknown,
  begin: (value: unknown) => AsyncGenerator<unknown, unknown, unknown>,
): AsyncGenerator<unknown, unknown, unknown> {
  const entered = await enterFully(manager(), '`wrap` of a generator function')
  const step = stepper(entered)
  let outcome = unknown // and so it stays when the consumer closes the generator early
  let generator: AsyncGenerator<unknown, unknown, unknown> | undefined
  let result: unknown
  try {
    generator = begin(entered.value)
    const inner = generator
    let state = await step(() => inner.next())
    while (state.done !== true) {
      let sent: unknown
      let thrown: { readonly error: unknown } | undefined
      try {
        sent = yield state.value
      } catch (error) {
        thrown = { error }
      }
      const { error } = thrown ?? {}
      state = await step(() => (thrown === undefined ? inner.next(sent) : inner.throw(error)))
    }
    result = state.value
    outcome = completed
  } catch (error) {
    outcome = failed(error)
  } finally {
    if (outcome === unknown) outcome = await closeAsync(generator, step)
    outcome = await unwind([entered], outcome, true)
    if (outcome.status === 'failed') throw outcome.error // oxlint-disable-line no-unsafe-finally -- closing early fails, too
  }
  return concluded(outcome, result)
}

function stepper(entered: Entered): <R>(step: () => R) => R {
  const covering = entered.covering()
  return covering === undefined ? (step) => step() : (step) => covering['~around'](step)
}

function closeSync(generator: Generator | undefined, step: <R>(step: () => R) => R): Outcome {
  try {
    step(() => generator?.return(undefined))
    return unknown
  } catch (error) {
    return failed(error)
  }
}

async function closeAsync(generator: AsyncGenerator | undefined, step: <R>(step: () => R) => R): Promise<Outcome> {
  try {
    await step(() => generator?.return(undefined))
    return unknown
  } catch (error) {
    return failed(error)
  }
}
