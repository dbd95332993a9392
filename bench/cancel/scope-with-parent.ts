import { CancelScope, within } from 'withal'
import { inScope } from '../ambient/scopes.ts'
import type { Contestant, Row } from '../rows.ts'

/** Each has a duration of its own, so that none finds the list of timers that another one has left (see the row of timeouts). */
const [ofLimit, timeout, ofSignal] = [1_500, 1_000, 2_000]

/** A part of the work that ends when its parent is cancelled, or at a deadline of its own. */
export const scopeWithParent: Row = {
  name: 'a scope with a parent and a deadline',
  contestants: () => [
    byHand(),
    { ...withal('within(CancelScope), signal read', (scope) => work(scope.signal)), goal: { ratio: 0.6 } },
    { ...withal('within(CancelScope), signal not read', () => work()), goal: { ratio: 0.4 } },
    signalAny(),
  ],
}

/** 1 if it has not been cancelled. */
async function work(signal?: AbortSignal): Promise<number> {
  return signal?.aborted === true ? 0 : 1
}

function byHand(): Contestant {
  const parent = new AbortController().signal
  const operation = async (): Promise<number> => {
    const controller = new AbortController()
    const abort = (): void => controller.abort(parent.reason)
    if (parent.aborted) abort()
    parent.addEventListener('abort', abort)
    const timer = setTimeout(() => controller.abort(new Error('too late')), ofLimit)
    try {
      return await work(controller.signal)
    } finally {
      clearTimeout(timer)
      parent.removeEventListener('abort', abort)
    }
  }
  return { name: 'controller, listener and timer', role: 'limit', operation }
}

function withal(name: string, body: (scope: CancelScope) => Promise<number>): Contestant {
  const operation = (): Promise<number | undefined> => within(new CancelScope({ timeout }), body)
  return { name, role: 'library', operation, around: inScope }
}

/** The timer cannot be called off. */
function signalAny(): Contestant {
  const parent = new AbortController().signal
  const operation = (): Promise<number> => work(AbortSignal.any([parent, AbortSignal.timeout(ofSignal)]))
  return { name: 'AbortSignal.any([parent, timeout])', role: 'peer', operation }
}
