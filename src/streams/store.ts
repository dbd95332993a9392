/** Where items lie until somebody gets them. The kinds of queue differ in which one they give next. */

/** Items, and the order in which they are given. Whoever asks for an item has looked at `size` before. */
export interface Store<T> {
  readonly size: number
  /** If it throws, it has not added the item. */
  add(item: T): void
  /** Takes out the next one. If it throws, nothing has been taken. */
  take(): T
  /** Undoes a `take`: this item is the next one again. */
  putBack(item: T): void
  /** The next one, left where it is. */
  peek(): T
  /** Takes out what has been here longest. */
  dropOldest(): void
  clear(): void
}
