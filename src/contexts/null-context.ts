/** A manager that does nothing. */
import type { ContextManager } from './protocol.ts'

/**
 * Gives a value and does nothing else, where a manager is expected but nothing has to be entered. A value that is
 * thenable is handed on as it is.
 *
 * @example
 * withinSync(nullContext('ready'), (value) => value) // => 'ready'
 */
export function nullContext(): ContextManager<undefined>
export function nullContext<T>(value: T): ContextManager<T>
export function nullContext(value?: unknown): ContextManager<unknown> {
  return { '~enter': () => value, '~exit': () => undefined }
}
