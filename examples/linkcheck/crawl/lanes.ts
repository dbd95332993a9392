/**
 * The frontier of a crawl: a lane for each host, in which its addresses stand in the order of their discovery, and at most so many workers that
 * take them out. A worker is a task that is spawned when there is something to do, and ends when its lane is empty; so the group that they are
 * spawned in ends when everything has been done, whoever has found it.
 */
import { CapacityLimiter, now, nullContext, sleep, TaskGroup, within } from 'withal'
import { hostOf } from '../web/address.ts'
import type { Known } from './known.ts'

/** What lanes go by. */
export interface LaneOptions {
  /** Requests at the same time in all, and to one host. */
  readonly concurrency: number
  readonly perHost: number
  /** Whether an address is one of the site itself. Others may have only half of all requests: many of them may be slow, or dead. */
  readonly isOfSite: (url: string) => boolean
  /** What is done with each address. It may `put` others. */
  readonly visit: (known: Known, lane: Lane) => Promise<void>
}

/** The addresses of one host. */
export class Lane {
  readonly #waiting: Known[] = []
  #first = 0
  workers = 0
  /** When the next request may be made, in the time of `now()`. */
  #free = 0

  get length(): number {
    return this.#waiting.length - this.#first
  }

  put(known: Known): void {
    this.#waiting.push(known)
  }

  take(): Known | undefined {
    if (this.#first > 1_000 && this.#first * 2 > this.#waiting.length) {
      this.#waiting.splice(0, this.#first)
      this.#first = 0
    }
    return this.length === 0 ? undefined : this.#waiting[this.#first++]
  }

  /** Nobody asks this host before. */
  pause(milliseconds: number): void {
    this.#free = Math.max(this.#free, now() + milliseconds)
  }

  /** Waits until it may be asked again, and leaves so many milliseconds to the next one. */
  async turn(delay: number): Promise<void> {
    const time = now()
    const turn = Math.max(this.#free, time)
    if (delay > 0) this.#free = turn + delay
    if (turn > time) await sleep(turn - time)
  }
}

/** See above. */
export class Lanes {
  readonly #options: LaneOptions
  readonly #requests: CapacityLimiter
  readonly #elsewhere: CapacityLimiter
  readonly #lanes = new Map<string, Lane>()
  #group: TaskGroup | undefined

  constructor(options: LaneOptions) {
    this.#options = options
    this.#requests = new CapacityLimiter(options.concurrency, { name: 'requests' })
    this.#elsewhere = new CapacityLimiter(Math.ceil(options.concurrency / 2), { name: 'requests to other sites' })
  }

  /** How many are being asked for. */
  get underWay(): number {
    return this.#requests.borrowed
  }

  put(known: Known): void {
    const host = hostOf(known.url)
    let lane = this.#lanes.get(host)
    if (lane === undefined) this.#lanes.set(host, (lane = new Lane()))
    lane.put(known)
    this.#staff(lane, host)
  }

  /** Visits everything that has been put, and what is put meanwhile. */
  async run(): Promise<void> {
    await within(new TaskGroup({ name: 'crawl', errors: 'first' }), (group) => {
      this.#group = group
      for (const [host, lane] of this.#lanes) for (let count = lane.length; count > 0; count--) this.#staff(lane, host)
    })
    this.#group = undefined
  }

  /** Sees to it that somebody comes for what was put into a lane. */
  #staff(lane: Lane, host: string): void {
    if (this.#group === undefined || lane.workers >= this.#options.perHost) return
    lane.workers++
    this.#group.spawn(() => this.#work(lane, host), { name: host })
  }

  async #work(lane: Lane, host: string): Promise<void> {
    for (let known = lane.take(); known !== undefined; known = lane.take()) {
      const next = known
      await lane.turn(0)
      const { isOfSite, visit } = this.#options
      const share = isOfSite(next.url) ? nullContext() : this.#elsewhere.token()
      await within(share, this.#requests.token(), () => visit(next, lane))
    }
    lane.workers--
    if (lane.workers === 0) this.#lanes.delete(host)
  }
}
