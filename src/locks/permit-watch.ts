/**
 * What development diagnostics know about permits: where each was taken, whether it was forgotten, and whether who waits holds
 * what it waits for. Nothing of it happens until somebody listens.
 */
import { StateError } from '../errors/index.ts'
import { currentFrame, runInFrameIfPossible } from '../frame.ts'
import { placeOf, watchOpen } from '../observe.ts'
import type { Watch } from '../observe.ts'

type Caller = (...args: never[]) => unknown

/** The part of permits that is watched. */
export interface Watched {
  readonly name: string
  readonly total: number
  readonly queue: Iterable<{ readonly count: number }>
  /** A permit that was taken there has been collected. */
  lose(takenAt: string): void
}

/** Follows one permit until it is given back. */
export class PermitWatch {
  readonly #permits: Watched
  readonly #takenAt: string
  readonly #open: Watch | undefined

  constructor(permits: Watched, caller: Caller) {
    this.#permits = permits
    this.#takenAt = placeOf(caller)
    this.#open = watchOpen(() => `a permit of ${permits.name}`, caller)
  }

  follow(permit: object): void {
    this.#open?.follow(permit)
    collected.register(permit, this, this)
  }

  closed(): void {
    this.#open?.closed(false)
    collected.unregister(this)
  }

  collected(): void {
    this.#permits.lose(this.#takenAt)
  }
}

const collected = new FinalizationRegistry<PermitWatch>((watch) => watch.collected())

/** What the blocks around the running code hold, bound in their frames under the permits. */
interface Holding {
  readonly task: object | undefined
  readonly count: number
  readonly heldAt: string
}

/** Runs the body of a block that holds permits, so that a wait for the same permits in it is noticed. */
export function holding<R>(permits: Watched, count: number, caller: Caller, body: () => R): R {
  const frame = currentFrame()
  const value: Holding = { task: frame?.task, count, heldAt: placeOf(caller) }
  const bindings = { key: permits, value, outer: frame?.bindings }
  return runInFrameIfPossible({ scope: frame?.scope, task: frame?.task, bindings }, body)
}

/**
 * The error for a wait that cannot end: the blocks around it, in the same task, hold so much that it, or somebody who waits before it,
 * cannot be served until they have ended. What a child task waits for is not looked at: its parent's block may end before.
 */
export function deadlockIn(permits: Watched, count: number, caller: Caller): StateError | undefined {
  const held = heldHere(permits)
  if (held.length === 0) return undefined
  const left = permits.total - held.reduce((sum, block) => sum + block.count, 0)
  if (count <= left && Array.from(permits.queue).every((waiter) => waiter.count <= left)) return undefined
  return new StateError(
    'WITHAL_SELF_DEADLOCK',
    `This would wait for ever: ${permits.name} is held by a block around it, in the same task. ` +
      `Pass on what is held, or leave the block first. Waits at:\n${placeOf(caller)}\nHeld at:\n${held[0]!.heldAt}`, // there is one
  )
}

function heldHere(permits: Watched): Holding[] {
  const frame = currentFrame()
  const held: Holding[] = []
  for (let binding = frame?.bindings; binding !== undefined; binding = binding.outer) {
    if (binding.key !== permits) continue
    const block = binding.value as Holding // only `holding` uses this key
    if (block.task === frame?.task) held.push(block)
  }
  return held
}
