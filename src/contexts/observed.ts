/** Says of what is entered that it has been entered and exited. None of this runs while nobody listens. */
import { resourceChannel } from '../channels.ts'
import type { ObservedResource, ObservedTask } from '../channels.ts'
import { currentFrame, scopeOf } from '../frame.ts'
import type { Entered } from './entering.ts'
import { isThenable } from './exits.ts'
import type { Outcome } from './outcome.ts'

/** What has these holds nothing: it acts on a body, stands for a scope, or is a handle of what was entered before. */
const noResource = ['~needsBody', '~native', '~fixed', '~held'] as const

/** Lets something that has been entered, or is being entered, say so. */
export function observed(entered: Entered, manager: object): Entered {
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

/** What a manager is called: by its own name, else by that of its class. */
export function nameOf(manager: object): string {
  const { name } = manager as { name?: unknown }
  if (typeof name === 'string' && name !== '') return name
  return (
    (Object.getPrototypeOf(manager) as { constructor?: { name?: string } } | null)?.constructor?.name ?? 'a manager'
  )
}
