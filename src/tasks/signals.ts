/** Signals of the process as an async iterator, for as long as a block lasts. */
import { systemClock } from '../clock.ts'
import type { ContextManager } from '../contexts/index.ts'
import { StateError, UsageError } from '../errors/index.ts'
import { knownSignals, listenToProcess } from './host-process.ts'
import { throwIfCancelled, wait } from './waiting.ts'

/** The name of a signal: 'SIGHUP'. */
export type SignalName = `SIG${string}`

/** Gives the names of signals as they come. Its `next` waits, and keeps the process alive meanwhile. */
export interface ReceivedSignals extends AsyncIterableIterator<SignalName, undefined> {
  [Symbol.asyncIterator](): ReceivedSignals
}

/**
 * Receives signals while its block runs; their usual effect is off meanwhile. The block's value is an async iterator of
 * names, for one task to wait on. A signal that comes again before it was taken is given once. Leaving the loop leaves the
 * block's signals as they are; leaving the block ends the iteration, and takes out what was put in, and nothing else.
 *
 * Where the platform has no signals (workers, browsers), none come.
 *
 * @throws UsageError  No names, or one that this platform does not know or cannot give. Nothing is listened to.
 * @throws StateError  It is entered twice, or two tasks wait at the same time.
 * @throws Cancelled   From the iterator: the surrounding scope was cancelled. No signal is lost.
 * @example
 * await within(signals('SIGHUP'), async (received) => {
 *   process.kill(process.pid, 'SIGHUP')
 *   const { value } = await received.next() // or `for await (const name of received)`
 *   return value
 * }) // => 'SIGHUP'
 */
export function signals(...names: SignalName[]): ContextManager<ReceivedSignals> {
  const known = knownSignals()
  const unknown = names.find(
    (name) => typeof name !== 'string' || !/^SIG[A-Z0-9]+$/.test(name) || (known && !(name in known)),
  )
  if (names.length === 0 || unknown !== undefined) {
    const given = names.length === 0 ? 'no names' : String(unknown)
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`signals\` got ${given}. Give names of signals that this platform has: 'SIGHUP'.`,
    )
  }
  return new Signals(new Set(names))
}

class Signals implements ContextManager<ReceivedSignals>, ReceivedSignals {
  readonly #names: ReadonlySet<SignalName>
  readonly #stops: (() => void)[] = []
  /** Came and not taken yet, in order. */
  readonly #pending = new Set<SignalName>()
  #state: 'new' | 'open' | 'ended' = 'new'
  #isWaiting = false
  #wake: (() => void) | undefined

  constructor(names: ReadonlySet<SignalName>) {
    this.#names = names
  }

  '~enter'(): ReceivedSignals {
    if (this.#state !== 'new') {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        `These signals are ${this.#state}: they can be entered once. Call \`signals\` for each block.`,
      )
    }
    try {
      for (const name of this.#names) this.#stops.push(listenToProcess(name, () => this.#came(name)))
    } catch (error) {
      this.#stop()
      throw new UsageError(
        'WITHAL_INVALID_ARGUMENT',
        `The platform does not give all of ${[...this.#names].join(', ')}.`,
        { cause: error },
      )
    }
    this.#state = 'open'
    return this
  }

  '~exit'(): void {
    this.#state = 'ended'
    this.#stop()
    this.#wake?.()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<SignalName, undefined>> {
    if (this.#isWaiting) {
      throw new StateError('WITHAL_BUSY', 'Two tasks wait for the same signals. Let one wait, and tell the other.')
    }
    throwIfCancelled()
    if (this.#pending.size === 0 && this.#state === 'open') await this.#waitForOne()
    const [name] = this.#pending
    if (name === undefined || this.#state === 'ended') return { done: true, value: undefined }
    this.#pending.delete(name)
    return { done: false, value: name }
  }

  async #waitForOne(): Promise<void> {
    this.#isWaiting = true
    const letGo = systemClock.setTimer(Infinity, () => {}) // listening to a signal keeps no process alive
    try {
      await wait<void>((settle) => {
        this.#wake = () => settle.done()
        return () => {}
      }, undefined)
    } finally {
      letGo()
      this.#isWaiting = false
      this.#wake = undefined
    }
  }

  #came(name: SignalName): void {
    this.#pending.add(name)
    this.#wake?.()
  }

  #stop(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }
}
