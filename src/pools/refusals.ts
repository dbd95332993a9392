/** What borrowers are told who get nothing. */
import { describe } from '../contexts/describe.ts'
import { ClosedError, CreationError, FullError, TimeoutError } from '../errors/index.ts'
import type { Borrower } from './borrower.ts'
import { describeLongest } from './holders.ts'
import type { Loans } from './loan.ts'

/** The part of a pool that is told of. */
export interface Exhausted<T> {
  readonly name: string
  readonly state: 'open' | 'closing' | 'closed'
  readonly settings: { readonly max: number; readonly sharing: number; readonly maxWaiting: number }
  readonly lending: { readonly loans: Loans<T> }
  readonly queue: { readonly size: number }
  readonly resources: { readonly making: number; readonly entries: ReadonlySet<unknown> }
  readonly creationError: { readonly error: unknown } | undefined
  readonly isWatched: boolean
  now(): number
}

/** It is closed, or will be. */
export function closedErrorOf<T>({ name, state }: Exhausted<T>): ClosedError {
  const closed = state === 'closed' ? 'has been' : 'is being'
  return new ClosedError(`${name} ${closed} closed. Acquire before, inside the block that owns it.`)
}

/** The resource that was meant for a borrower could not be made. */
export function creationErrorOf<T>({ name }: Exhausted<T>, error: unknown): CreationError {
  return new CreationError(`${name} could not make a resource: ${messageOf(error)}`, { cause: error })
}

/** As many wait as may wait. */
export function fullErrorOf<T>({ name, settings, lending, queue }: Exhausted<T>): FullError {
  return new FullError(
    `${name} has ${queue.size} waiting, and no more than ${settings.maxWaiting} may wait: ` +
      `${lending.loans.size} of ${settings.max * settings.sharing} are in use. Ask less often, or raise \`max\` or \`maxWaiting\`.`,
  )
}

/** Time is up: how many there are, who has them, and as the cause, why the last could not be made. */
export function timeoutErrorOf<T>(pool: Exhausted<T>, borrower: Borrower<T>, allowed: number): TimeoutError {
  const { name, settings, lending, queue, resources, creationError } = pool
  const making = resources.making === 0 ? '' : `, ${resources.making} being made`
  const failed =
    creationError === undefined ? '' : ` The last one could not be made: ${messageOf(creationError.error)}.`
  return new TimeoutError(
    `${name} gave nothing within ${allowed} ms: ${lending.loans.size} of ${settings.max * settings.sharing} in use${making}, ${queue.size} waiting.${failed}${holdersText(pool, borrower)}`,
    allowed,
    creationError === undefined ? undefined : { cause: creationError.error },
  )
}

function holdersText<T>(pool: Exhausted<T>, { holder }: Borrower<T>): string {
  const { isWatched, lending } = pool
  const { loans } = lending
  if (loans.size === 0) return ''
  const own = holder === undefined ? 0 : Array.from(loans).filter((loan) => loan.holder === holder).length
  const self = own === 0 ? '' : ` The task that waits, "${holder?.name}", holds ${own} of them itself.`
  const hint = isWatched ? '' : '\nSet `leakAfter` to see where they were acquired.'
  return `${self} Held longest:${describeLongest(loans, pool.now())}${hint}`
}

/** What was thrown may be anything, also what cannot be made a text of. */
function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message
  return typeof error === 'object' && error !== null ? describe(error) : String(error)
}
