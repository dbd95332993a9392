/**
 * What happens to items, said as simply as it can be: an array, and who waits. Queues, channels and broadcasts must do the same,
 * whatever the order of calls.
 */
import { BrokenError, ClosedError, FullError, onLateError } from 'withal'
import type { Overflow } from 'withal'

/** How a call has ended: `'got 5'`, `'put'`, or why not. */
export type Ended = string

/** Somebody who calls what may wait. */
export interface Caller {
  expected: Ended
  actual: Ended
  /** When he gives up. */
  readonly due: number
  readonly item: number
  /** The side of a channel, or the iteration, on whose behalf he calls. */
  readonly side?: object | undefined
  readonly iteration?: Iteration | undefined
  /** Ends his wait from outside. */
  readonly cancel: () => void
  readonly abort: () => void
}

/** One loop over what comes. */
export interface Iteration {
  isOver: boolean
}

/** The error that queues are failed by. */
export const failure: Error = new Error('the source has failed')

/** Often nobody gets it, which is not what these programs are about. Answers what undoes this. */
export function ignoreFailure(): () => void {
  return onLateError((error) => (error === failure ? 'handled' : undefined))
}

export class ExchangeModel {
  readonly capacity: number
  readonly overflow: Overflow
  /** Those that are stored, in the order in which they were put. */
  readonly items: number[] = []
  putters: Caller[] = []
  getters: Caller[] = []
  joiners: Caller[] = []
  ended: { readonly put: Ended; readonly get: Ended } | undefined
  /** Items that were got and not marked done. */
  inWork = 0
  dropped = 0
  readonly #next: (items: readonly number[]) => number

  /** @param next  Where the next item is. */
  constructor(capacity: number, overflow: Overflow, next: (items: readonly number[]) => number = () => 0) {
    this.capacity = capacity
    this.overflow = overflow
    this.#next = next
  }

  get unfinished(): number {
    return this.items.length + this.inWork
  }

  /** The item that is next, if one is stored. */
  get peek(): number | undefined {
    return this.items[this.#next(this.items)]
  }

  get hasItem(): boolean {
    return this.items.length > 0 || this.putters.length > 0
  }

  get hasRoom(): boolean {
    return this.getters.length > 0 || this.items.length < this.capacity
  }

  put(caller: Caller): void {
    caller.expected = this.#put(caller)
    if (caller.expected === 'waiting') this.putters.push(caller)
  }

  #put({ item }: Caller): Ended {
    if (this.ended !== undefined) return this.ended.put
    if (!this.hasRoom && this.overflow === 'wait') return 'waiting'
    if (!this.hasRoom && this.overflow === 'error') return 'full'
    this.deliver(item)
    return 'put'
  }

  /** There is room, or something is dropped. */
  deliver(item: number): void {
    if (this.offer(item)) return
    if (this.overflow === 'dropOldest') this.#replace(item)
    else this.dropped++
  }

  tryPut(item: number): Ended | boolean {
    if (this.ended !== undefined) return this.ended.put
    if (this.offer(item)) return true
    if (this.overflow !== 'dropOldest' || this.capacity === 0) return false
    this.#replace(item)
    return true
  }

  offer(item: number): boolean {
    const getter = this.getters.shift()
    if (getter !== undefined) {
      getter.expected = `got ${item}`
      this.inWork++
      return true
    }
    if (this.items.length >= this.capacity) return false
    this.items.push(item)
    return true
  }

  #replace(item: number): void {
    this.dropped++
    if (this.items.shift() !== undefined) this.items.push(item)
  }

  get(caller: Caller): void {
    const { iteration } = caller
    if (iteration?.isOver === true) caller.expected = 'end'
    else if (this.hasItem) caller.expected = `got ${this.take()}`
    else if (this.ended !== undefined) this.#end(caller, this.ended.get)
    else this.getters.push(caller)
  }

  /** The next item; there is one. */
  take(): number {
    this.inWork++
    if (this.items.length === 0) return this.#letIn().item
    const [item] = this.items.splice(this.#next(this.items), 1)
    while (this.putters.length > 0 && this.items.length < this.capacity) this.items.push(this.#letIn().item)
    return item! // it is there
  }

  #letIn(): Caller {
    const putter = this.putters.shift()! // somebody waits
    putter.expected = 'put'
    return putter
  }

  tryGet(): Ended | undefined {
    return this.hasItem ? `got ${this.take()}` : this.ended?.get
  }

  takeUpTo(count: number): Ended | number[] {
    if (!this.hasItem && this.ended !== undefined) return this.ended.get
    const taken: number[] = []
    while (taken.length < count && this.hasItem) taken.push(this.take())
    return taken
  }

  /** Nothing can be put any more; tells whether it was the first end. */
  end(put: Ended, get: Ended): boolean {
    if (this.ended !== undefined) return false
    this.ended = { put, get }
    for (const putter of this.putters.splice(0)) putter.expected = put
    for (const getter of this.getters.splice(0)) this.#end(getter, get)
    return true
  }

  #end(getter: Caller, get: Ended): void {
    if (getter.iteration !== undefined) getter.iteration.isOver = true
    getter.expected = getter.iteration !== undefined && get === 'closed' ? 'end' : get
  }

  discard(): void {
    this.dropped += this.items.splice(0).length
    this.#wakeJoiners()
  }

  join(caller: Caller): void {
    this.joiners.push(caller)
    this.#wakeJoiners()
  }

  done(count: number): void {
    this.inWork -= count
    this.#wakeJoiners()
  }

  #wakeJoiners(): void {
    if (this.unfinished === 0) for (const joiner of this.joiners.splice(0)) joiner.expected = 'joined'
  }

  /** A caller leaves, if he waits. */
  leave(caller: Caller | undefined): void {
    if (caller?.expected === 'waiting') this.endWaits((other) => other === caller, 'left')
  }

  endWaits(which: (caller: Caller) => boolean, ended: Ended): void {
    for (const caller of [...this.putters, ...this.getters, ...this.joiners]) if (which(caller)) caller.expected = ended
    const stillWait = (callers: readonly Caller[]): Caller[] => callers.filter(({ expected }) => expected === 'waiting')
    this.putters = stillWait(this.putters)
    this.getters = stillWait(this.getters)
    this.joiners = stillWait(this.joiners)
  }

  timePasses(now: number): void {
    this.endWaits(({ due }) => due <= now, 'left')
  }
}

/** How a call has ended that has thrown. */
export function endedBy(error: unknown): Ended {
  if (error === failure) return 'failed'
  if (error instanceof ClosedError) return 'closed'
  if (error instanceof BrokenError) return 'broken'
  if (error instanceof FullError) return 'full'
  return 'left'
}

/** How a call ends that does not wait. */
export function endedNow<T>(call: () => T): T | Ended {
  try {
    return call()
  } catch (error) {
    return endedBy(error)
  }
}
