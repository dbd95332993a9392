/** A listener that is removed when its block ends. */
import type { ContextManager } from './protocol.ts'

/** The part of a Node `EventEmitter` that is used. */
export interface EmitterLike {
  on(event: string, listener: (...args: never[]) => void): unknown
  off(event: string, listener: (...args: never[]) => void): unknown
}

/** The part of an `EventTarget` that is used. */
export interface EventTargetLike {
  addEventListener(event: string, listener: (event: never) => void): void
  removeEventListener(event: string, listener: (event: never) => void): void
}

/**
 * Listens to an event of an `EventTarget` or a Node `EventEmitter` while the body runs. It can be entered more than once;
 * each time adds a listener of its own.
 *
 * @example
 * const target = new EventTarget()
 * const heard: string[] = []
 * withinSync(listening(target, 'tick', (event: Event) => heard.push(event.type)), () => target.dispatchEvent(new Event('tick')))
 * target.dispatchEvent(new Event('tick'))
 * heard // => ['tick']
 */
export function listening<A extends unknown[]>(
  target: EventTargetLike | EmitterLike,
  event: string,
  listener: (...args: A) => void,
): ContextManager<undefined> {
  const added: ((...args: never[]) => void)[] = []
  return {
    '~enter': () => {
      const own = (...args: never[]): void => listener(...(args as unknown[] as A)) // what the event gives
      if ('addEventListener' in target) target.addEventListener(event, own)
      else target.on(event, own)
      added.push(own)
      return undefined
    },
    '~exit': () => {
      const own = added.pop()
      if (own === undefined) return
      if ('removeEventListener' in target) target.removeEventListener(event, own)
      else target.off(event, own)
    },
  }
}
