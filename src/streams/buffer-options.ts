/** What everything with a buffer can be given: how much it holds, and what happens when it is full. */
import { UsageError } from '../errors/index.ts'
import { nameOf } from '../locks/lock-options.ts'

/** What putting does when there is no room. */
export type Overflow =
  /** It waits until there is room. */
  | 'wait'
  /** The item that is being put is dropped. */
  | 'dropNewest'
  /** The item that was put first is dropped. */
  | 'dropOldest'
  /** It is refused with a `FullError`. */
  | 'error'

/** What queues take. */
export interface QueueOptions {
  /** How many items it holds: a whole number, or `Infinity`. `0`: none, so putting waits until somebody gets. Default: `Infinity`. */
  readonly capacity?: number | undefined
  /** What putting does when it is full. Default: `'wait'`. */
  readonly overflow?: Overflow | undefined
  /** Stands in messages. */
  readonly name?: string | undefined
}

/** The options, checked, and the name as messages have it. */
export interface Bounds {
  readonly name: string
  readonly capacity: number
  readonly overflow: Overflow
}

const overflows: readonly unknown[] = ['wait', 'dropNewest', 'dropOldest', 'error'] satisfies Overflow[]

/** @throws UsageError  An option makes no sense. */
export function boundsOf(kind: string, options: QueueOptions, usualCapacity: number): Bounds {
  const { capacity = usualCapacity, overflow = 'wait' } = options
  if (capacity !== Infinity && !(Number.isSafeInteger(capacity) && capacity >= 0)) {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`capacity\` is ${String(capacity)} (${typeof capacity}). Give a whole number of at least 0, or Infinity.`,
    )
  }
  if (!overflows.includes(overflow)) {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`overflow\` is ${overflow}. Give one of: ${overflows.join(', ')}.`,
    )
  }
  return { name: nameOf(kind, options), capacity, overflow }
}

/** Checks a number of items. */
export function checkCount(count: unknown, name: string): asserts count is number {
  if (count === Infinity || (Number.isSafeInteger(count) && (count as number) >= 0)) return
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`${name}\` is ${String(count)} (${typeof count}). Give a whole number of at least 0, or Infinity.`,
  )
}
