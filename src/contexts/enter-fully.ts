/** Entering for those who hold what they enter: stacks, handles, steps. What cannot be kept is exited again. */
import { UsageError } from '../errors/index.ts'
import { currentFrame, scopeOf } from '../frame.ts'
import { describe } from './describe.ts'
import { beginEntering, enterSync } from './entering.ts'
import type { Entered } from './entering.ts'
import { unwind, unwindSync } from './exits.ts'
import { isPromised, whenGiven } from './given.ts'
import { failed } from './outcome.ts'
import { isObject } from './protocol.ts'
import type { ManagerExtras } from './protocol.ts'

/** Enters what is given, waiting where needed. A cancellation that came meanwhile wins: then it has been exited again. */
export async function enterFully(given: unknown, caller: string): Promise<Entered> {
  const manager = isPromised(given) ? await whenGiven(given) : given
  const entered = beginEntering(manager, caller)
  if (entered.pending === undefined) return entered
  entered.value = await entered.pending
  const cancelled = cancelledMeanwhile(entered)
  if (cancelled !== undefined) throw await exitAgain(entered, cancelled)
  return entered
}

/**
 * The parts of entering for holders that do not run the body, which wait by themselves: each promise between would be a
 * turn. Such a holder begins, waits for what is `pending`, and asks for the misfit.
 */
export function beginUncovered(manager: unknown, caller: string): Entered {
  return beginEntering(nativeOf(manager), caller)
}

/** Why something must not stay entered: it was cancelled meanwhile, or covers a body (rule E). To be exited again. */
export function misfitOf(entered: Entered, manager: unknown): Error | undefined {
  return cancelledMeanwhile(entered) ?? (entered.covering() === undefined ? undefined : noHold(manager))
}

function cancelledMeanwhile(entered: Entered): Error | undefined {
  return entered.pending === undefined ? undefined : scopeOf(currentFrame())?.cancelled
}

/** Exits what must not stay entered; gives the failure that comes out. */
export async function exitAgain(entered: Entered, error: unknown): Promise<unknown> {
  const outcome = await unwind([entered], failed(error), true)
  return outcome.status === 'failed' ? outcome.error : error
}

/** The same without waiting. */
export function enterUncoveredSync(given: unknown, caller: string): Entered {
  const entered = enterSync(nativeOf(given), caller)
  if (entered.covering() === undefined) return entered
  const outcome = unwindSync([entered], failed(noHold(given)))
  throw outcome.status === 'failed' ? outcome.error : noHold(given)
}

function nativeOf(given: unknown): unknown {
  return isObject(given) ? ((given as ManagerExtras)['~native']?.() ?? given) : given
}

function noHold(given: unknown): UsageError {
  return needsBody(given, 'can be neither held nor put on a stack')
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
