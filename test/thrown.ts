/** What a piece of work throws, or its promise is rejected with: the very value. Throwing nothing is an error. */
export async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** The same for work that must throw before it returns. */
export function thrownAtOnceBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
