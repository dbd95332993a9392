/** Many who wait for one thing, for rows about what each of them takes. */

/** Has so many wait; they are served one after another when the first gives back what it has. */
export async function waiters<T>(
  count: number,
  acquire: () => Promise<T>,
  release: (each: T) => unknown,
  first: T,
): Promise<() => Promise<void>> {
  const all = Promise.withResolvers<void>()
  let left = count
  const served = (each: T): void => {
    release(each)
    if (--left === 0) all.resolve()
  }
  for (let begun = 0; begun < count; begun++) acquire().then(served, all.reject)
  await new Promise((resolve) => {
    setTimeout(resolve, 0) // some queues begin a turn later
  })
  return async () => {
    release(first)
    await all.promise
  }
}
