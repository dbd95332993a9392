/** A listener that is removed when its block ends. */
import { UsageError } from '../errors/index.ts'
import { describe } from './describe.ts'
import { isObject } from './protocol.ts'
import type { ContextManager } from './protocol.ts'

/** The part of an `EventTarget` that is used. */
export interface EventTargetLike {
  addEventListener(event: string, listener: (event: Event) => void): void
  removeEventListener(event: string, listener: (event: Event) => void): void
}

/** The part of a Node `EventEmitter` that is used. */
export interface EmitterLike {
  on(event: string | symbol, listener: (...args: unknown[]) => void): unknown
  off(event: string | symbol, listener: (...args: unknown[]) => void): unknown
}

/** A method, since only their parameters compare both ways: a listener may know more of its event than the target says. */
interface KnowingMore<A extends unknown[]> {
  listener(...args: A): unknown
}

/**
 * Listens to an event of an `EventTarget` or a Node `EventEmitter` while the body runs. It can be entered more than once;
 * each time adds a listener of its own.
 *
 * @example
 * const target = new EventTarget()
 * const heard: string[] = []
 * withinSync(listening(target, 'tick', (event) => heard.push(event.type)), () => target.dispatchEvent(new Event('tick')))
 * target.dispatchEvent(new Event('tick'))
 * heard // => ['tick']
 */
export function listening(
  target: EventTargetLike,
  event: string,
  listener: KnowingMore<[event: Event]>['listener'],
): ContextManager<undefined>
export function listening(
  emitter: EmitterLike,
  event: string | symbol,
  listener: KnowingMore<unknown[]>['listener'],
): ContextManager<undefined>
export function listening(
  target: EventTargetLike | EmitterLike,
  event: string | symbol,
  listener: Listener,
): ContextManager<undefined> {
  const { add, remove } = methodsOf(target, event)
  const added: Listener[] = []
  return {
    '~enter': () => {
      const own: Listener = (...args) => listener(...args) // an event may have the same listener only once
      add(own)
      added.push(own)
      return undefined
    },
    '~exit': () => {
      const own = added.pop()
      if (own !== undefined) remove(own)
    },
  }
}

type Listener = (...args: never[]) => unknown

interface Methods {
  readonly add: (listener: Listener) => unknown
  readonly remove: (listener: Listener) => unknown
}

/** Of what is both, as Node's `MessagePort` is, the `EventTarget`: it is what the platforms have in common. */
function methodsOf(target: unknown, event: string | symbol): Methods {
  if (hasMethods(target, 'addEventListener', 'removeEventListener')) {
    return {
      add: (listener) => target.addEventListener(event, listener),
      remove: (listener) => target.removeEventListener(event, listener),
    }
  }
  if (hasMethods(target, 'on', 'off')) {
    return { add: (listener) => target.on(event, listener), remove: (listener) => target.off(event, listener) }
  }
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`listening\` got ${describe(target)}, which has no events. Give an EventTarget or an EventEmitter.`,
  )
}

type Method = (event: string | symbol, listener: Listener) => unknown

function hasMethods<Name extends string>(target: unknown, ...names: Name[]): target is Record<Name, Method> {
  return (
    isObject(target) && names.every((name) => typeof (target as Partial<Record<Name, Method>>)[name] === 'function')
  )
}
