import { observe } from 'withal'

/** Runs a batch while somebody listens to everything. */
export function whileListening<R>(batch: () => R): R {
  let heard = 0
  const stop = observe(() => heard++)
  const result = batch()
  const ended = Promise.resolve(result).finally(() => {
    stop()
    if (heard === 0) throw new Error('The listener has heard nothing.')
  })
  return ended as R // a batch gives a promise, and this is one of the same
}
