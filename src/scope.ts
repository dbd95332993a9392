/**
 * The cancel tree: one node for each scope in which work can be cancelled. Cancellation is a state, not an event: it
 * goes down the tree in one synchronous step, stops at shields, and every wait below finds it, now and later.
 * `tasks/` builds the public scopes on it; `contexts/` needs it to shield cleanup and to look at it after a wait.
 */
import { Cancelled } from './errors/index.ts'
import type { CancelSource } from './errors/index.ts'

/** What a scope calls when cancellation reaches it. It must not throw. */
export type CancelListener = (cancelled: Cancelled) => void

interface Listening {
  readonly listener: CancelListener
  /** Whether it has been taken out; it keeps its `next`, so that a walk that stands on it can go on. */
  gone: boolean
  previous: Listening | undefined
  next: Listening | undefined
}

/**
 * A node of the tree. What another copy of the package uses of it (version 1 of the ambient frame): `parent`, `ended`,
 * `cancelled`, `listen`, `signal`.
 */
export class ScopeNode {
  readonly parent: ScopeNode | undefined
  /** Set once the scope has been left; a frame that still names it means its nearest living ancestor. */
  ended = false
  /** The cancellation that reaches this scope: its own or, unless it is a shield, that of a scope above; the outermost wins. */
  cancelled: Cancelled | undefined
  readonly #shield: boolean
  #own: Cancelled | undefined
  #stopListening: (() => void) | undefined
  #listeners: Listening | undefined
  #controller: AbortController | undefined

  constructor(parent: ScopeNode | undefined, shield = false) {
    this.parent = parent
    this.#shield = shield
    if (parent === undefined || shield) return
    this.cancelled = parent.cancelled
    this.#stopListening = parent.listen((cancelled) => this.#reach(cancelled))
  }

  /** Cancels the scope and all below it that are not shielded, at once. The first call counts; a scope that has ended ignores it. */
  cancel(reason?: unknown, source: CancelSource = 'explicit'): void {
    if (this.#own !== undefined || this.ended) return
    const why = reason === undefined ? '' : `: ${reason instanceof Error ? reason.message : String(reason)}`
    this.#own = new Cancelled(`This operation was cancelled${why}`, { scope: this, reason, source })
    if (this.cancelled === undefined) this.#reach(this.#own)
  }

  /** Leaves the tree: nothing is told to this scope any more, and its parent forgets it. */
  end(): void {
    this.ended = true
    this.#stopListening?.()
    this.#stopListening = undefined
  }

  /** Calls the listener when cancellation reaches this scope; the answer takes the listener out again. */
  listen(listener: CancelListener): () => void {
    const entry: Listening = { listener, gone: false, previous: undefined, next: this.#listeners }
    if (this.#listeners !== undefined) this.#listeners.previous = entry
    this.#listeners = entry
    return () => this.#forget(entry)
  }

  /** The same as an `AbortSignal`, made when first read; its reason is the {@link Cancelled}. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.cancelled !== undefined) this.#controller.abort(this.cancelled)
    }
    return this.#controller.signal
  }

  #reach(cancelled: Cancelled): void {
    this.cancelled = cancelled // a scope above takes over from the scope itself: the outermost wins
    for (let entry = this.#listeners; entry !== undefined; entry = entry.next) {
      if (!entry.gone) entry.listener(cancelled)
    }
    this.#controller?.abort(cancelled)
  }

  #forget(entry: Listening): void {
    if (entry.gone) return
    entry.gone = true
    if (entry.previous === undefined) this.#listeners = entry.next
    else entry.previous.next = entry.next
    if (entry.next !== undefined) entry.next.previous = entry.previous
  }

  /** Whether cancellation from above stops here. */
  get shield(): boolean {
    return this.#shield
  }
}

/** The nearest scope that has not ended (rule G). */
export function livingScope(scope: ScopeNode | undefined): ScopeNode | undefined {
  let living = scope
  while (living?.ended === true) living = living.parent
  return living
}
