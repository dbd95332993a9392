import { Effect } from 'effect'
import { race, run, sleep, until } from 'effection'
import pTimeout from 'p-timeout'
import { moveOnAfter, timeout, within } from 'withal'
import { inScope } from '../ambient/scopes.ts'
import type { Contestant, Row } from '../rows.ts'

/**
 * Each has a duration of its own: Node keeps timers of the same duration in one list, and one that finds it there costs half.
 */
const [ofLimit, ofLibrary, ofSignal, ofPTimeout, ofEffect, ofEffection] = [1_500, 1_000, 2_000, 2_500, 3_000, 3_500]
const goal = { ratio: 0.5 }

/** What nearly always happens to a timeout: nothing. */
export const fastUnderTimeout: Row = {
  name: 'a fast operation under a timeout',
  contestants: () => [
    byHand(),
    { ...withal('within(timeout)', () => timeout(ofLibrary)), goal },
    { ...withal('within(timeout), inside a scope', () => timeout(ofLibrary)), around: inScope, goal },
    withal('within(moveOnAfter)', () => moveOnAfter(ofLibrary)),
    signalTimeout(),
    withPTimeout(),
    effect(),
    effection(),
  ],
}

function fast(): () => Promise<number> {
  return async () => 1
}

function byHand(): Contestant {
  const work = fast()
  const operation = async (): Promise<number> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('too late')), ofLimit)
    })
    try {
      return await Promise.race([work(), late])
    } finally {
      clearTimeout(timer)
    }
  }
  return { name: 'Promise.race with a timer', role: 'limit', operation }
}

function withal(name: string, limit: () => ReturnType<typeof timeout> | ReturnType<typeof moveOnAfter>): Contestant {
  const work = fast()
  return { name, role: 'library', operation: () => within(limit(), work) }
}

/** Its timer cannot be called off. */
function signalTimeout(): Contestant {
  const work = fast()
  const operation = async (): Promise<number> => {
    const signal = AbortSignal.timeout(ofSignal)
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const aborted = (): void => reject(signal.reason as Error) // a DOMException
    signal.addEventListener('abort', aborted)
    work().then(resolve, reject)
    try {
      return await promise
    } finally {
      signal.removeEventListener('abort', aborted)
    }
  }
  return { name: 'AbortSignal.timeout', role: 'peer', operation }
}

function withPTimeout(): Contestant {
  const work = fast()
  return { name: 'p-timeout', role: 'peer', operation: () => pTimeout(work(), { milliseconds: ofPTimeout }) }
}

function effect(): Contestant {
  const work = Effect.promise(fast()).pipe(Effect.timeout(ofEffect))
  return { name: 'Effect.timeout', role: 'peer', operation: () => Effect.runPromise(work) }
}

function effection(): Contestant {
  const work = fast()
  const late = {
    *[Symbol.iterator]() {
      yield* sleep(ofEffection)
      return 0
    },
  }
  const operation = async (): Promise<number> =>
    await run(function* () {
      return yield* race([until(work()), late])
    })
  return { name: 'Effection race with sleep', role: 'peer', operation }
}
