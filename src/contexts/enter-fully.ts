/** Entering for those who hold what they enter: stacks, handles, steps. What cannot be kept is exited again. */
import { UsageError } from '../errors/index.ts'
import { currentFrame, scopeOf } from '../frame.ts'
import { describe } from './describe.ts'
import { beginEntering } from './entering.ts'
import type { Entered } from './entering.ts'
import { unwind, unwindSync } from './exits.ts'
import { isPromised, whenGiven } from './given.ts'
import { failed } from './outcome.ts'
import type { ManagerExtras } from './protocol.ts'

/** Enters what is given, waiting where needed. A cancellation that came meanwhile wins: then it has been exited again. */
export async function enterFully(given: unknown, caller: string): Promise<Entered> {
  const manager = isPromised(given) ? await whenGiven(given) : given
  const entered = beginEntering(manager, caller)
  if (entered.pending === undefined) return entered
  entered.value = await entered.pending
  const cancelled = scopeOf(currentFrame())?.cancelled
  if (cancelled !== undefined) throw await exitAgain(entered, cancelled)
  return entered
}

/** The same for holders that do not run the body: what covers it is refused (rule E). */
export async function enterUncovered(given: unknown, caller: string): Promise<Entered> {
  const entered = await enterFully(given, caller)
  if (entered.covering() !== undefined)
    throw await exitAgain(entered, needsBody(given, 'can be neither held nor put on a stack'))
  return entered
}

/** Exits what must not stay entered; gives the failure that comes out. */
export async function exitAgain(entered: Entered, error: unknown): Promise<unknown> {
  const outcome = await unwind([entered], failed(error), true)
  return outcome.status === 'failed' ? outcome.error : error
}

/** The refusals of {@link enterUncovered}, for what was entered without waiting. */
export function refuseCovering(entered: Entered, given: unknown): void {
  if (entered.covering() === undefined) return
  const error = needsBody(given, 'can be neither held nor put on a stack')
  const outcome = unwindSync([entered], failed(error))
  throw outcome.status === 'failed' ? outcome.error : error
}

/** Refuses, before entering, what says that it acts on a body. A stack takes it: `within` tells the stack the outcome. */
export function refuseNeedsBody(given: unknown): void {
  if (typeof given === 'object' && given !== null && (given as ManagerExtras)['~needsBody'] === true) {
    throw needsBody(given, 'cannot be held')
  }
}

function needsBody(given: unknown, impossible: string): UsageError {
  return new UsageError(
    'WITHAL_NEEDS_A_BODY',
    `${describe(given)} acts on a body, so it ${impossible}. Use \`within(manager, body)\`.`,
  )
}
