/** What a pool can be told, its defaults, and the check of what it was given. */
import type { Outcome } from '../contexts/index.ts'
import { UsageError } from '../errors/index.ts'
import type { PoolEvent } from './events.ts'

/** What a {@link Pool} takes. All times are milliseconds; `Infinity` means never, or no limit. */
export interface PoolOptions<T> {
  /** Stands in messages. Default: `'pool'`. */
  readonly name?: string | undefined
  /** How many resources are kept, used or not. They are made when the pool is entered, or with the first one. Default: 0. */
  readonly min?: number | undefined
  /** How many there are at most, those counted that are being made, checked or destroyed. Default: 10. */
  readonly max?: number | undefined

  /** Closes a resource. It is awaited. */
  readonly destroy?: ((resource: T) => unknown) | undefined
  /** Whether a resource still works: `false`, throwing and taking too long destroy it, and another one is tried. */
  readonly validate?: ((resource: T, signal: AbortSignal) => unknown) | undefined
  /** Prepares a resource for each borrower. Throwing destroys it, and another one is tried. */
  readonly setup?: ((resource: T, signal: AbortSignal) => unknown) | undefined
  /** Makes a resource clean for the next borrower, by how the last one's block ended. `false`, throwing and taking too long destroy it. */
  readonly reset?: ((resource: T, outcome: Outcome, signal: AbortSignal) => unknown) | undefined

  /** How long `acquire` takes at most: waiting, making and checking in all. Default: 10,000. */
  readonly acquireTimeout?: number | undefined
  /** How long one making may take. Default: `acquireTimeout`. */
  readonly createTimeout?: number | undefined
  /** How long `validate`, `setup` and `reset` may take. Default: 5,000. */
  readonly validateTimeout?: number | undefined
  /** How long `destroy` may take; then the resource is left behind. Default: 5,000. */
  readonly destroyTimeout?: number | undefined
  /** How long `close` waits for what is still lent, before it destroys that, too. Default: 10,000. */
  readonly closeTimeout?: number | undefined

  /** A resource that was not used for so long is validated before it is lent. `0`: always. Default: 500. */
  readonly validateAfterIdle?: number | undefined
  /** A resource that nobody uses is validated this often; more than 0. Default: `Infinity`. */
  readonly keepAlive?: number | undefined
  /** A resource that nobody has used for so long is destroyed, down to `min`. Default: 60,000. */
  readonly idleTimeout?: number | undefined
  /** A resource this old is destroyed when nobody uses it; up to a tenth earlier, by lot; more than 0. Default: 1,800,000. */
  readonly maxLifetime?: number | undefined
  /** After so many borrowers a resource is destroyed. Default: `Infinity`. */
  readonly maxUses?: number | undefined

  /** How many may wait; one more gets a `FullError` at once. Default: `Infinity`. */
  readonly maxWaiting?: number | undefined
  /** Which of the free resources is lent: the one used last (`'lifo'`), or the one used least recently (`'fifo'`). Default: `'lifo'`. */
  readonly order?: 'lifo' | 'fifo' | undefined
  /** How many borrowers may have the same resource at the same time. Default: 1. */
  readonly sharing?: number | undefined

  /**
   * Which failures of making are tried again, with growing delays, until the borrowers' time is up. All others go to the borrower who
   * has waited longest. Default: none.
   */
  readonly retryCreate?: boolean | ((error: unknown) => boolean) | undefined
  /** The delay after a making has failed, before the next: it doubles each time, half of it by lot. Default: 100 to 2,000. */
  readonly backoff?: { readonly initial?: number | undefined; readonly max?: number | undefined } | undefined

  /** A lease held for so long is reported, once, with the place it was taken at; each `acquire` then records its stack. Default: never. */
  readonly leakAfter?: number | undefined
  /** Whether `lease.value` is a proxy that refuses to be used after the lease has been returned. Default: false. */
  readonly guarded?: boolean | undefined
  /** Is told what happens, for metrics and logs. What it throws goes to `onLateError`. */
  readonly onEvent?: ((event: PoolEvent) => void) | undefined
}

/** The same with all defaults. */
export interface Settings<T> {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly destroy: ((resource: T) => unknown) | undefined
  readonly validate: ((resource: T, signal: AbortSignal) => unknown) | undefined
  readonly setup: ((resource: T, signal: AbortSignal) => unknown) | undefined
  readonly reset: ((resource: T, outcome: Outcome, signal: AbortSignal) => unknown) | undefined
  readonly acquireTimeout: number
  readonly createTimeout: number
  readonly validateTimeout: number
  readonly destroyTimeout: number
  readonly closeTimeout: number
  readonly validateAfterIdle: number
  readonly keepAlive: number
  readonly idleTimeout: number
  readonly maxLifetime: number
  readonly maxUses: number
  readonly maxWaiting: number
  readonly order: 'lifo' | 'fifo'
  readonly sharing: number
  readonly retryCreate: (error: unknown) => boolean
  readonly backoff: { readonly initial: number; readonly max: number }
  readonly leakAfter: number
  readonly guarded: boolean
  readonly onEvent: ((event: PoolEvent) => void) | undefined
}

/**
 * The settings that options give.
 *
 * @throws UsageError  An option is unknown or makes no sense. The text says which, and what it may be.
 */
export function settingsOf<T>(options: PoolOptions<T>): Settings<T> {
  const { retryCreate, backoff, acquireTimeout = 10_000 } = options
  const settings: Settings<T> = {
    name: options.name ?? 'pool',
    min: options.min ?? 0,
    max: options.max ?? 10,
    destroy: options.destroy,
    validate: options.validate,
    setup: options.setup,
    reset: options.reset,
    acquireTimeout,
    createTimeout: options.createTimeout ?? acquireTimeout,
    validateTimeout: options.validateTimeout ?? 5_000,
    destroyTimeout: options.destroyTimeout ?? 5_000,
    closeTimeout: options.closeTimeout ?? 10_000,
    validateAfterIdle: options.validateAfterIdle ?? 500,
    keepAlive: options.keepAlive ?? Infinity,
    idleTimeout: options.idleTimeout ?? 60_000,
    maxLifetime: options.maxLifetime ?? 30 * 60_000,
    maxUses: options.maxUses ?? Infinity,
    maxWaiting: options.maxWaiting ?? Infinity,
    order: options.order ?? 'lifo',
    sharing: options.sharing ?? 1,
    retryCreate: typeof retryCreate === 'function' ? retryCreate : () => retryCreate === true,
    backoff: { initial: backoff?.initial ?? 100, max: backoff?.max ?? 2_000 },
    leakAfter: options.leakAfter ?? Infinity,
    guarded: options.guarded ?? false,
    onEvent: options.onEvent,
  }
  for (const key of Object.keys(options)) if (!(key in settings)) throw unknownOption(key, Object.keys(settings))
  check(settings)
  checkGiven(options)
  return settings
}

const functions = ['destroy', 'validate', 'setup', 'reset', 'onEvent'] as const
const durations = [
  'acquireTimeout',
  'createTimeout',
  'validateTimeout',
  'destroyTimeout',
  'closeTimeout',
  'validateAfterIdle',
  'keepAlive',
  'idleTimeout',
  'maxLifetime',
  'leakAfter',
] as const
const counts = { min: 0, max: 1, maxUses: 1, maxWaiting: 0, sharing: 1 } as const

function check<T>(settings: Settings<T>): void {
  for (const key of functions) {
    if (settings[key] !== undefined && typeof settings[key] !== 'function')
      throw wrong(key, settings[key], 'a function')
  }
  for (const key of durations) checkTime(settings[key], key)
  for (const key of ['keepAlive', 'maxLifetime'] as const) {
    if (settings[key] === 0) throw wrong(key, 0, 'more: a resource would never be let alone. `Infinity` means never')
  }
  checkTime(settings.backoff.initial, 'backoff.initial')
  checkTime(settings.backoff.max, 'backoff.max')
  for (const [key, least] of Object.entries(counts) as [keyof typeof counts, number][]) {
    const value = settings[key]
    if (value !== Infinity && !(Number.isSafeInteger(value) && value >= least))
      throw wrong(key, value, `a whole number of at least ${least}, or Infinity`)
  }
  const { min, max, order } = settings
  if (min > max) throw wrong('min', min, `at most \`max\`, which is ${max}`)
  if (order !== 'lifo' && order !== 'fifo') throw wrong('order', order, `'lifo' or 'fifo'`)
}

/** What has other types in it, or more than one. */
function checkGiven<T>({ name, guarded, retryCreate, backoff }: PoolOptions<T>): void {
  if (name !== undefined && typeof name !== 'string') throw wrong('name', name, 'a string')
  if (guarded !== undefined && typeof guarded !== 'boolean') throw wrong('guarded', guarded, 'true or false')
  if (retryCreate !== undefined && typeof retryCreate !== 'boolean' && typeof retryCreate !== 'function')
    throw wrong('retryCreate', retryCreate, 'true, false, or a function of the error')
  if (backoff === undefined) return
  if (typeof backoff !== 'object') throw wrong('backoff', backoff, '`{ initial, max }`')
  const known = ['initial', 'max']
  for (const key of Object.keys(backoff)) if (!known.includes(key)) throw unknownOption(`backoff.${key}`, known)
}

function checkTime(value: unknown, key: string): void {
  if (typeof value !== 'number' || !(value >= 0)) throw wrong(key, value, 'milliseconds, or Infinity')
}

function wrong(key: string, value: unknown, expected: string): UsageError {
  return new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `The option \`${key}\` of a pool is ${String(value)}. Give ${expected}.`,
  )
}

function unknownOption(key: string, known: readonly string[]): UsageError {
  return new UsageError('WITHAL_INVALID_ARGUMENT', `A pool has no option \`${key}\`. It has: ${known.join(', ')}.`)
}
