/** Cancellation as its receivers see it. */
import { cancelledBrand, hasCancelledBrand } from './abort-like.ts'
import { named } from './named.ts'

/** Who asked for a cancellation: an explicit `cancel()`, a deadline, a failed sibling, the end of the program, a foreign signal. */
export type CancelSource = 'explicit' | 'deadline' | 'sibling' | 'shutdown' | 'signal'

/** What a {@link Cancelled} tells about its origin. */
export interface CancelOrigin {
  /** The scope that was cancelled; compare it by identity. */
  readonly scope?: object | undefined
  /** What was given to `cancel(reason)`. */
  readonly reason?: unknown
  readonly source?: CancelSource | undefined
  /** The name of the task whose failure or call caused it. */
  readonly task?: string | undefined
}

/**
 * A scope around the caller was cancelled. Not an error of who receives it: let it pass, the scope it belongs to absorbs
 * it. `name` is 'AbortError' and `code` 'ABORT_ERR', as everywhere on the platform; `reason` and `source` say why.
 */
export class Cancelled extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === Cancelled ? isCancelled(value) : Function.prototype[Symbol.hasInstance].call(this, value)
  }
  readonly code = 'ABORT_ERR'
  readonly scope: object | undefined
  readonly reason: unknown
  readonly source: CancelSource
  readonly task: string | undefined
  constructor(message?: string, origin: CancelOrigin = {}) {
    super(message ?? cancelText(origin))
    this.scope = origin.scope
    this.reason = origin.reason
    this.source = origin.source ?? 'explicit'
    this.task = origin.task
  }
}

const cancelTexts: Readonly<Record<CancelSource, string>> = {
  explicit: 'This operation was cancelled',
  deadline: 'This operation was cancelled: its time is up',
  sibling: 'This operation was cancelled, since something beside it failed',
  shutdown: 'This operation was cancelled: the program is ending',
  signal: 'This operation was cancelled by a signal',
}

function cancelText({ reason, source = 'explicit', task }: CancelOrigin): string {
  const who = task === undefined ? '' : ` (task "${task}")`
  return `${cancelTexts[source]}${who}${reason === undefined ? '' : `: ${reasonText(reason)}`}`
}

function reasonText(reason: unknown): string {
  try {
    return reason instanceof Error ? reason.message : String(reason)
  } catch {
    return 'a reason that cannot be shown'
  }
}

/** Tells whether a value is a {@link Cancelled}, also one made by another copy of the package. */
export function isCancelled(value: unknown): value is Cancelled {
  return hasCancelledBrand(value)
}

Object.defineProperty(Cancelled.prototype, cancelledBrand, { value: true })
named(Cancelled, 'AbortError')
