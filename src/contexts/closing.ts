/** Things that have a method to close them, but no disposer, as managers. */
import { UsageError } from '../errors/index.ts'
import { describe } from './describe.ts'
import type { AsyncContextManager, ContextManager } from './protocol.ts'

/** The names of the methods of a thing that can be called without arguments. */
export type CloserOf<T> = {
  [Name in keyof T & string]: T[Name] extends (...args: infer A) => unknown ? ([] extends A ? Name : never) : never
}[keyof T & string]

/** A manager for both forms; in `withinSync` what closing gives is not awaited. */
export type Closing<T> = ContextManager<T> & AsyncContextManager<T>

/**
 * Gives a thing and closes it at the end, whatever happens: by its method `close` (of an iterator: `return`), by the
 * method named, or by a function. What closing gives is awaited. It can be entered more than once, if the thing can.
 *
 * An asynchronous generator is closed when its pending `next()` has settled, not before: give what it waits for a signal.
 *
 * @param how  The name of a method without arguments, or a function of the thing. Default: `'close'`, else `'return'`.
 * @throws UsageError  There is no such method. Nothing has been entered.
 * @example
 * const events: string[] = []
 * const server = { end: async () => { events.push('ended') } }
 * await within(closing(server, 'end'), () => { events.push('served') })
 * events // => ['served', 'ended']
 */
export function closing<T extends { close(): unknown } | { return?(value?: never): unknown }>(thing: T): Closing<T>
export function closing<T>(thing: T, how: CloserOf<T> | ((thing: T) => unknown)): Closing<T>
export function closing(thing: unknown, how?: string | ((thing: unknown) => unknown)): Closing<unknown> {
  return new ClosingManager(thing, typeof how === 'function' ? () => how(thing) : closerOf(thing, how))
}

class ClosingManager implements Closing<unknown> {
  readonly #thing: unknown
  readonly #close: () => unknown

  constructor(thing: unknown, close: () => unknown) {
    this.#thing = thing
    this.#close = close
  }

  '~enter'(): unknown {
    return this.#thing
  }

  '~exit'(): void {
    return this.#close() as void // a promise given here is seen to by who exits
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
