/**
 * What development diagnostics know of waits: where each was begun. A wait that is ended by cancellation then throws a
 * Cancelled of its own, with the stack of the wait; that of the cancellation is its cause. And a refusal that will be a
 * surprise is named.
 */
import { tellDiagnostic } from '../channels.ts'
import { Cancelled, isCancelled } from '../errors/index.ts'
import { currentFrame } from '../frame.ts'
import type { Frame } from '../frame.ts'
import { placeOf } from '../observe.ts'
import { placeOfOpening, rememberPlace } from './opened-at.ts'

type Caller = (...args: never[]) => unknown

/** The frames of waits that are going on. */
const frames = new WeakMap<object, Frame>()
/** Frames in which a Cancelled has been delivered, and those in which a refusal after that has been named. */
const delivered = new WeakSet<Frame>()
const named = new WeakSet<Frame>()

/** Notes a wait that begins. */
export function noteWait(waiting: object, caller: Caller): void {
  rememberPlace(waiting, placeOf(caller))
  const frame = currentFrame()
  if (frame !== undefined) frames.set(waiting, frame)
}

/** What a wait throws that is ended by this error. */
export function interrupted(waiting: object, error: unknown): unknown {
  const frame = frames.get(waiting)
  if (frame === undefined || !isCancelled(error)) return error
  delivered.add(frame)
  return cancelledAt(error, placeOfOpening(waiting) ?? '')
}

/** What a wait throws that is refused. One after another has thrown in the same frame is probably a surprise. */
export function refused(cancelled: Cancelled, caller: Caller): Cancelled {
  const place = placeOf(caller)
  const frame = currentFrame()
  if (frame !== undefined) {
    if (delivered.has(frame) && !named.has(frame)) {
      named.add(frame)
      tellRefused(place)
    }
    delivered.add(frame)
  }
  return cancelledAt(cancelled, place)
}

function tellRefused(place: string): void {
  tellDiagnostic({
    code: 'WITHAL_REFUSED',
    message:
      'A wait in a cancelled scope did nothing but throw, after another one had thrown the cancellation already. Is it cleanup in a ' +
      `\`finally\`, or a loop that catches everything? Cleanup that waits needs \`shield(() => …)\`, or a manager. Called at:\n${place}`,
    openedAt: place,
  })
}

function cancelledAt(cancelled: Cancelled, place: string): Cancelled {
  const own = new Cancelled(cancelled.message, cancelled)
  const stack = `${own.name}: ${own.message}\n${place}`
  for (const [key, value] of Object.entries({ stack, cause: cancelled })) {
    Object.defineProperty(own, key, { value, writable: true, configurable: true, enumerable: false })
  }
  return own
}
