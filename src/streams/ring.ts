/**
 * Items in the order in which they came, in an array that is used as a ring: adding and taking moves none of them. It has
 * room for a power of two, and grows and shrinks with what is in it.
 */
import type { Store } from './store.ts'

/** It never has room for fewer. */
const leastRoom = 16

/** First in, first out. */
export class Ring<T> implements Store<T> {
  size = 0
  #slots: (T | undefined)[] = emptySlots(leastRoom)
  /** Where the oldest item is. */
  #first = 0
  #mask: number = leastRoom - 1
  /** With fewer items than that, three quarters are empty: half of the room is given back. */
  #shrinkBelow = 0

  add(item: T): void {
    if (this.size > this.#mask) this.#resize(2 * this.#slots.length)
    this.#slots[(this.#first + this.size) & this.#mask] = item
    this.size++
  }

  take(): T {
    const place = this.#first
    const item = this.#slots[place] as T // it has been asked for its size
    this.#slots[place] = undefined
    this.#first = (place + 1) & this.#mask
    this.size--
    if (this.size < this.#shrinkBelow) this.#resize(this.#slots.length / 2)
    return item
  }

  putBack(item: T): void {
    if (this.size > this.#mask) this.#resize(2 * this.#slots.length)
    this.#first = (this.#first - 1) & this.#mask
    this.#slots[this.#first] = item
    this.size++
  }

  peek(): T {
    return this.#slots[this.#first] as T // it has been asked for its size
  }

  dropOldest(): void {
    this.take()
  }

  clear(): void {
    this.size = 0
    this.#slots = emptySlots(leastRoom)
    this.#first = 0
    this.#mask = leastRoom - 1
    this.#shrinkBelow = 0
  }

  /** The newest item. */
  protected newest(): T {
    return this.#slots[(this.#first + this.size - 1) & this.#mask] as T // it has been asked for its size
  }

  protected takeNewest(): T {
    const item = this.newest()
    this.size--
    this.#slots[(this.#first + this.size) & this.#mask] = undefined
    if (this.size < this.#shrinkBelow) this.#resize(this.#slots.length / 2)
    return item
  }

  #resize(room: number): void {
    const slots = emptySlots<T>(room)
    for (let place = 0; place < this.size; place++) slots[place] = this.#slots[(this.#first + place) & this.#mask]
    this.#slots = slots
    this.#first = 0
    this.#mask = room - 1
    this.#shrinkBelow = room > leastRoom ? room / 4 : 0
  }
}

/** Last in, first out. */
export class Pile<T> extends Ring<T> {
  override take(): T {
    return this.takeNewest()
  }

  override putBack(item: T): void {
    this.add(item)
  }

  override peek(): T {
    return this.newest()
  }

  override dropOldest(): void {
    super.take()
  }
}

/** Filled one by one: an array made with a length has holes, and is slower for ever. */
function emptySlots<T>(room: number): (T | undefined)[] {
  const slots: (T | undefined)[] = []
  for (let place = 0; place < room; place++) slots.push(undefined)
  return slots
}
