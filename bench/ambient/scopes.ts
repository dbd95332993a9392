/** What can be round a batch: an ambient scope, and other people's storages. */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { CancelScope, within } from 'withal'

/** Runs a batch inside a scope that nobody cancels. */
export function inScope<R>(batch: () => Promise<R>): Promise<R> {
  return within(new CancelScope(), batch) as Promise<R> // not `undefined`, since it is not cancelled
}

const others = Array.from({ length: 8 }, () => new AsyncLocalStorage<number>())

/**
 * Runs a batch with eight other storages in use, as tracing and logging have them. Coming back from `run` leaves an empty
 * place in what is copied for each later frame; the resource brings back what was there before.
 */
export function besideOthers<R>(batch: () => Promise<R>): Promise<R> {
  const nested = others.reduce<() => Promise<R>>((inside, storage, index) => () => storage.run(index, inside), batch)
  return new AsyncResource('before the others').runInAsyncScope(nested)
}
