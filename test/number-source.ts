/** A source of numbers, of either kind, that tells how far it was read and whether it was closed. */
export function source(isSync: boolean, length: number, failure?: Error) {
  const state = { read: 0, closed: 0 }
  const next = (): IteratorResult<number, undefined> => {
    if (state.read < length) return { done: false, value: ++state.read }
    if (failure !== undefined) throw failure
    return { done: true, value: undefined }
  }
  const close = (): IteratorResult<number, undefined> => (state.closed++, { done: true, value: undefined })
  const items = isSync
    ? { [Symbol.iterator]: () => ({ next, return: close }) }
    : { [Symbol.asyncIterator]: () => ({ next: async () => next(), return: async () => close() }) }
  return { state, items: items as Iterable<number> | AsyncIterable<number> }
}
