/** Says of what is entered that it has been entered and exited. None of this runs while nobody listens. */
import { resourceChannel } from '../channels.ts'
import type { ObservedResource, ObservedTask } from '../channels.ts'
import { currentFrame, scopeOf } from '../frame.ts'
import { nameOf } from './describe.ts'
import { isThenable } from './exits.ts'
import type { Exit } from './exits.ts'
import type { Outcome } from './outcome.ts'

/** What has these holds nothing: it acts on a body, stands for a scope, or is a handle of what was entered before. */
const noResource = ['~needsBody', '~native', '~fixed', '~held'] as const

/** Lets something that has been entered, or (`pending`) is being entered, say so. */
export function observed<E extends Exit & { readonly pending: PromiseLike<unknown> | undefined }>(
  entered: E,
  manager: object,
): E {
  if (noResource.some((key) => key in manager)) return entered
  const frame = currentFrame()
  const task = frame?.task as ObservedTask | undefined // whatever copy of the package it is of
  const resource: ObservedResource = { name: nameOf(manager), manager, scope: scopeOf(frame), task }
  const { pending } = entered
  const tell = (value: unknown): unknown => (resourceChannel.publish({ type: 'resource-entered', resource }), value)
  if (pending === undefined) tell(undefined)
  const exit = entered.run.bind(entered)
  return Object.assign(entered, {
    pending: pending && Promise.resolve(pending).then(tell),
    run: (outcome: Outcome) => runAndTell(exit, outcome, entered.mayWait, resource),
  })
}

function runAndTell(
  exit: (outcome: Outcome) => unknown,
  outcome: Outcome,
  mayWait: boolean,
  resource: ObservedResource,
): unknown {
  const tell = (failure?: { readonly error: unknown }): void =>
    resourceChannel.publish({ type: 'resource-exited', resource, outcome: outcome.status, ...failure })
  const ended = (answer: unknown): unknown => (tell(), answer)
  const failed = (error: unknown): never => {
    tell({ error })
    throw error
  }
  let answer: unknown
  try {
    answer = exit(outcome)
  } catch (error) {
    return failed(error)
  }
  return mayWait && isThenable(answer) ? Promise.resolve(answer).then(ended, failed) : ended(answer)
}
