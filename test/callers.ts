/** Those who call what may wait, in random programs: each in a scope of his own, with a signal and a limit, on a clock that is turned by hand. */
import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import type { TimedWaitOptions } from 'withal'
import { expect } from 'vitest'
import { CountingScope } from './counting-scope.ts'
import { endedBy } from './exchange-model.ts'
import type { Caller, Ended } from './exchange-model.ts'
import { HandClock, settled } from './hand-clock.ts'

/** How somebody calls. */
export interface Calling {
  /** Milliseconds, or `Infinity`. */
  readonly timeout: number
  /** Whether his scope was cancelled before. */
  readonly isCancelled: boolean
  readonly item?: number
  readonly side?: object | undefined
  readonly iteration?: Caller['iteration']
  /** Whether what he calls takes no signal. */
  readonly ignoresSignal?: boolean
}

/** What happens to callers, and in time. */
export type Happening =
  | { readonly does: 'cancel' | 'abort'; readonly which: number }
  | { readonly does: 'turn the clock' | 'let it happen' }
  | { readonly does: 'tick'; readonly times: number }

const constant = <const V extends string>(value: V): fc.Arbitrary<V> => fc.constant(value)

/** Steps that go with every program. */
export const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constantFrom('cancel' as const, 'abort' as const), which: fc.nat(19) }),
  },
  fc.record({ does: constant('turn the clock') }),
  fc.record({ does: constant('let it happen') }),
  { weight: 2, arbitrary: fc.record({ does: constant('tick'), times: fc.integer({ min: 1, max: 4 }) }) },
)

/** How to call, at random. */
export const calling: fc.Arbitrary<{ readonly timeout: number; readonly isCancelled: boolean }> = fc.record({
  timeout: fc.constantFrom(0, 10, Infinity, Infinity, Infinity),
  isCancelled: fc.nat(9).map((drawn) => drawn === 0),
})

export class Callers {
  readonly all: Caller[] = []
  readonly #clock = new HandClock()
  readonly #scopes: CountingScope[] = []
  readonly #signals: AbortSignal[] = []
  readonly #work: Promise<void>[] = []
  readonly #leave: (caller: Caller | undefined) => void
  readonly #timePasses: (now: number) => void
  now = 0

  /**
   * @param leave       Tells the model that somebody leaves, if he waits.
   * @param timePasses  Tells the model what time it is.
   */
  constructor(leave: (caller: Caller | undefined) => void, timePasses: (now: number) => void) {
    this.#leave = leave
    this.#timePasses = timePasses
  }

  /** Somebody calls: the model first, then the real thing. `call` gives how it has ended. */
  call(how: Calling, inModel: (caller: Caller) => void, call: (options: TimedWaitOptions) => Promise<Ended>): void {
    const controller = new AbortController()
    const { signal } = controller
    const { timeout, isCancelled, item = 0, side, iteration, ignoresSignal = false } = how
    this.#clock.run(() => {
      const scope = new CountingScope()
      this.#scopes.push(scope)
      this.#signals.push(signal)
      const caller: Caller = {
        expected: 'waiting',
        actual: 'waiting',
        due: this.now + timeout,
        item,
        side,
        iteration,
        cancel: () => scope.cancel(),
        abort: () => (ignoresSignal ? scope.cancel() : controller.abort('aborted')),
      }
      this.all.push(caller)
      if (isCancelled) {
        scope.cancel()
        caller.expected = 'left'
      } else {
        inModel(caller)
        if (timeout === 0) this.#leave(caller)
      }
      this.#work.push(
        scope.run(async () => {
          try {
            caller.actual = await call({ timeout, signal })
          } catch (error) {
            caller.actual = endedBy(error)
          }
        }),
      )
    })
  }

  async happen(step: Happening): Promise<void> {
    switch (step.does) {
      case 'cancel':
      case 'abort': {
        const caller = this.all[step.which % Math.max(1, this.all.length)]
        this.#leave(caller)
        caller?.[step.does]()
        return
      }
      case 'turn the clock':
        this.now += 10
        this.#timePasses(this.now)
        await this.#clock.turn(10)
        return
      case 'let it happen':
        await this.check()
        return
      case 'tick':
        for (let tick = 0; tick < step.times; tick++) await Promise.resolve()
    }
  }

  /** All that could happen has, and is what the model says. */
  async check(): Promise<void> {
    await settled()
    expect(this.all.map(({ actual }) => actual)).toEqual(this.all.map(({ expected }) => expected))
  }

  /** The end of a program that has ended all waits: everybody has been told so, and nothing is left behind. */
  async finish(): Promise<void> {
    await Promise.all(this.#work)
    await this.check()
    expect(this.all.filter(({ expected }) => expected === 'waiting')).toEqual([])
    expect(this.#scopes.filter(({ counted }) => counted > 0)).toEqual([])
    expect(this.#signals.flatMap((signal) => getEventListeners(signal, 'abort'))).toEqual([])
    await this.#clock.turn(1_000)
    expect(this.#clock.timers).toBe(0)
  }
}
