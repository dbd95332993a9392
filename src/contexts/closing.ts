/** Things that have a method to close them, but no disposer, as managers. */
import { checkDuration } from '../clock.ts'
import { UsageError } from '../errors/index.ts'
import { describe } from './describe.ts'
import { onlyPromise } from './ensure.ts'
import type { AsyncContextManager, ContextManager, ManagerExtras } from './protocol.ts'

/** The names of the methods of a thing that can be called without arguments, in one of their overloads at least. */
export type CloserOf<T> = { [Name in keyof T & string]: T[Name] extends () => unknown ? Name : never }[keyof T & string]

/** What {@link closing} takes besides. */
export interface ClosingOptions {
  /** The most milliseconds that closing may take; then `within` throws an `ExitTimeoutError`. Default: no limit. */
  readonly exitTimeout?: number | undefined
}

/** A manager for both forms; in `withinSync` what closing gives is not awaited. */
export type Closing<T> = ContextManager<T> & AsyncContextManager<T>

/**
 * Gives a thing and closes it at the end, whatever happens: by its method `close` (of an iterator: `return`), by the
 * method named, or by a function. What closing gives is awaited. It can be entered more than once, if the thing can.
 *
 * An asynchronous generator is closed when its pending `next()` has settled, not before: give what it waits for a signal,
 * or closing it a limit.
 *
 * @param how  The name of a method without arguments, or a function of the thing. Default: `'close'`, else `'return'`.
 * @param options.exitTimeout  Milliseconds. Default: no limit.
 * @throws UsageError  There is no such method. Nothing has been entered.
 * @example
 * const events: string[] = []
 * const server = { end: async () => { events.push('ended') } }
 * await within(closing(server, 'end'), () => { events.push('served') })
 * events // => ['served', 'ended']
 */
export function closing<T extends { close(): unknown }>(thing: T, options?: ClosingOptions): Closing<T>
export function closing<T extends { return?(value?: never): unknown }>(thing: T, options?: ClosingOptions): Closing<T>
export function closing<T>(thing: T, how: CloserOf<T> | ((thing: T) => unknown), options?: ClosingOptions): Closing<T>
export function closing(thing: unknown, given?: How | ClosingOptions, more?: ClosingOptions): Closing<unknown> {
  const [how, options] = typeof given === 'object' ? [undefined, given] : [given, more]
  const close = typeof how === 'function' ? () => how(thing) : closerOf(thing, how)
  return new ClosingManager(thing, close, options?.exitTimeout)
}

type How = string | ((thing: unknown) => unknown)

class ClosingManager implements Closing<unknown>, ManagerExtras {
  readonly '~exitTimeout': number | undefined
  readonly #thing: unknown
  readonly #close: () => unknown

  constructor(thing: unknown, close: () => unknown, exitTimeout: number | undefined) {
    if (exitTimeout !== undefined) checkDuration(exitTimeout, 'exitTimeout')
    this['~exitTimeout'] = exitTimeout
    this.#thing = thing
    this.#close = close
  }

  /** For messages. */
  get name(): string {
    return `closing(${describe(this.#thing)})`
  }

  '~enter'(): unknown {
    return this.#thing
  }

  '~exit'(): void {
    return onlyPromise(this.#close())
  }

  '~enterAsync'(): unknown {
    return this.#thing
  }

  async '~exitAsync'(): Promise<void> {
    await this.#close()
  }
}

function closerOf(thing: unknown, name: string | undefined): () => unknown {
  const methods = (thing ?? {}) as Record<string, unknown>
  const found = (name === undefined ? ['close', 'return'] : [name]).find((key) => typeof methods[key] === 'function')
  if (found !== undefined) return () => (methods[found] as () => unknown)()
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`closing\` got ${describe(thing)}, which has no method \`${name ?? 'close'}\`. Name the method that closes it, or give a function.`,
  )
}
