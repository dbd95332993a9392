/**
 * The one place that knows the time and sets timers. All durations are milliseconds; the time is monotonic, not a date.
 * A clock can be carried in the ambient frame, so that a test can turn it by hand.
 */
import { UsageError } from './errors/index.ts'
import { currentFrame } from './frame.ts'
import type { Frame } from './frame.ts'

/** What tells the time and wakes up. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number
  /**
   * Calls back once, not before `delay` milliseconds have passed; the answer calls it off.
   *
   * @param idle  The process need not be kept alive for it. Default: false.
   */
  setTimer(delay: number, callback: () => void, idle?: boolean): () => void
}

/** Beyond this, the platform's timers fire at once (fact JF-15), so longer ones are set in parts. */
const longestTimer = 2 ** 31 - 1

/** The platform's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer(delay, callback, idle = false) {
    const due = performance.now() + delay
    let timer = start(delay)
    function start(left: number): ReturnType<typeof setTimeout> {
      const started = setTimeout(wake, Math.min(left, longestTimer))
      if (idle) (started as { unref?: () => void }).unref?.() // browsers have no such method
      return started
    }
    function wake(): void {
      const left = due - performance.now()
      if (left <= 0 || delay <= longestTimer) callback()
      else timer = start(left)
    }
    return () => clearTimeout(timer)
  },
}

let holds = 0
let holding: ReturnType<typeof setInterval> | undefined

/**
 * Keeps the process alive until {@link letProcessGo} has been called as often: for those who wait for something that need not come, with a
 * limit that will. Deadlines alone do not keep it alive, since most of them belong to work that does.
 */
export function holdProcess(): void {
  if (holds++ > 0) return
  holding ??= setInterval(() => {}, longestTimer)
  ;(holding as Partial<Refable>).ref?.()
}

/** Takes back one {@link holdProcess}. */
export function letProcessGo(): void {
  if (--holds > 0) return
  const timer = holding as Partial<Refable> | undefined
  if (timer?.unref !== undefined) return timer.unref()
  clearInterval(holding) // Deno and browsers have plain numbers
  holding = undefined
}

/** A timer of Node: making it anew each time would cost five times as much. */
interface Refable {
  ref(): void
  unref(): void
}

/** The key under which a frame carries a clock of its own. */
export const clockKey: object = {}

/** The clock of the running code. */
export function currentClock(): Clock {
  return clockIn(currentFrame())
}

/** The same for who knows the frame. */
export function clockIn(frame: Frame | undefined): Clock {
  for (let binding = frame?.bindings; binding !== undefined; binding = binding.outer) {
    if (binding.key === clockKey) return binding.value as Clock // only clocks are bound under this key
  }
  return systemClock
}

/** Checks a duration at a public door: any number but NaN; zero or less has passed already, Infinity never does. */
export function checkDuration(duration: unknown, name: string): asserts duration is number {
  if (typeof duration === 'number' && !Number.isNaN(duration)) return
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`${name}\` is ${String(duration)} (${typeof duration}). Give a number of milliseconds; Infinity means no limit.`,
  )
}
