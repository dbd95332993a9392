/** A property replaced for the time of a block. */
import type { ContextManager } from '../contexts/index.ts'
import { StateError } from '../errors/index.ts'

/**
 * Replaces a property for the body, and puts back at the end exactly what was there: an own property with its flags, or none
 * where it was inherited or missing. It can be entered again, also in itself. Its value is the new one.
 *
 * @example
 * import { patch } from 'withal/testing'
 * const service = { send: (text: string) => text.length }
 * withinSync(patch(service, 'send', () => 0), () => service.send('hello')) // => 0
 * service.send('hello') // => 5
 */
export function patch<T extends object, K extends keyof T>(object: T, key: K, value: T[K]): ContextManager<T[K]> {
  const former: (PropertyDescriptor | undefined)[] = []
  return {
    '~enter': () => {
      former.push(Object.getOwnPropertyDescriptor(object, key))
      Object.defineProperty(object, key, { value, writable: true, configurable: true, enumerable: true })
      return value
    },
    '~exit': () => {
      if (former.length === 0) throw new StateError('WITHAL_NOT_ENTERED', '`patch` was exited before it was entered.')
      const own = former.pop()
      if (own === undefined) Reflect.deleteProperty(object, key)
      else Object.defineProperty(object, key, own)
    },
  }
}
