/**
 * The cancel tree: one node for each scope in which work can be cancelled. Cancellation is a state, not an event: it
 * goes down the tree in one synchronous step, stops at shields, and every wait below finds it, now and later.
 * `tasks/` builds the public scopes on it; `contexts/` needs it to shield cleanup and to look at it after a wait.
 */
import { scopeChannel, taskChannel, tellClosed, tellReached } from './channels.ts'
import { Cancelled } from './errors/index.ts'
import type { CancelSource } from './errors/index.ts'

/** Something that wants to know when cancellation reaches a scope: a wait, an abort signal of somebody else. */
export interface Listening {
  /** Called when cancellation reaches the scope. It must not throw. */
  reached(cancelled: Cancelled): void
  /** The three below are the list's. Taken out, it keeps its `next`, so that a walk that stands on it can go on. */
  listedIn: ScopeNode | undefined
  previous: Listening | undefined
  next: Listening | undefined
}

/**
 * A node of the tree. What another copy of the package uses of it (version 1 of the ambient frame): `parent`, `ended`,
 * `cancelled`, `shield`, `deadline`, `listen`, `signal`, `shielded`.
 *
 * There may be a million of them, so it has few fields, and they are assigned in the constructor: fields with initializers
 * are defined one by one, which takes twice as long.
 */
export class ScopeNode {
  declare readonly parent: ScopeNode | undefined
  /** Set once the scope has been left; a frame that still names it means its nearest living ancestor. */
  declare ended: boolean
  /** The cancellation that reaches this scope: its own or, unless it is a shield, that of a scope above; the outermost wins. */
  declare cancelled: Cancelled | undefined
  /** The six below are for this file alone. */
  declare isShield: boolean
  declare firstChild: ScopeNode | undefined
  declare previousSibling: ScopeNode | undefined
  declare nextSibling: ScopeNode | undefined
  declare firstListening: Listening | undefined
  declare rare: Rare | undefined
  /** What ends it by time. */
  declare expiry: { readonly due: number } | undefined

  /**
   * @param shield  Whether cancellation from above stops here.
   * @param linked  Whether cancellation from above is to be found here at all. A shield that is never switched off need
   *   not be linked, which costs nothing; the default for shields.
   */
  constructor(parent: ScopeNode | undefined, shield = false, linked: boolean = !shield) {
    this.parent = parent
    this.ended = false
    this.cancelled = undefined
    this.isShield = shield
    this.firstChild = undefined
    this.previousSibling = undefined
    this.nextSibling = undefined
    this.firstListening = undefined
    this.rare = undefined
    this.expiry = undefined
    if (parent !== undefined && linked) link(this, parent)
  }

  /** The cancellation of this scope itself. */
  get own(): Cancelled | undefined {
    return this.rare?.own
  }

  /** Whether it, or a scope above up to a shield, has been asked to come to an end by itself. */
  get stopping(): boolean {
    return this.rare?.stopping === true
  }

  /** When it expires, by the clock; `Infinity` for never. */
  get deadline(): number {
    return this.expiry?.due ?? Infinity
  }

  /** Whether its signal, or that of a scope in it, has been read: then an abort without a cause may be due to it (rule J). */
  get signalRead(): boolean {
    return this.rare?.signalRead === true
  }

  set signalRead(read: boolean) {
    rareOf(this).signalRead = read
  }

  /** Whether cancellation from above stops here. Switched off, what has happened above is met at once. */
  get shield(): boolean {
    return this.isShield
  }

  set shield(shield: boolean) {
    this.isShield = shield
    if (!shield && this.parent?.stopping === true) this.stop()
    const above = shield ? undefined : this.parent?.cancelled
    const reaches = above ?? this.own
    if (reaches === this.cancelled) return
    if (reaches === undefined) clear(this)
    else reach(this, reaches)
  }

  /** Makes a shield in it, which is not linked. Whoever knows a scope can do so without bringing this class along. */
  shielded(): ScopeNode {
    return new ScopeNode(this, true)
  }

  /** Cancels the scope and all below it that are not shielded, at once. The first call counts; a scope that has ended ignores it. */
  cancel(reason?: unknown, source: CancelSource = 'explicit', task?: string): void {
    if (this.own !== undefined || this.ended) return
    const own = new Cancelled(undefined, { scope: this, reason, source, task })
    rareOf(this).own = own
    if (this.cancelled === undefined) reach(this, own)
  }

  /** Asks what runs in it, up to shields, to come to an end by itself. What has been asked stays asked. */
  stop(): void {
    if (this.ended) return
    const open: ScopeNode[] = [this]
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (node.stopping) continue
      const rare = rareOf(node)
      rare.stopping = true
      for (let child = node.firstChild; child !== undefined; child = child.nextSibling) {
        if (!child.isShield) open.push(child)
      }
      rare.stopController?.abort(stopReason(node))
    }
  }

  /** Leaves the tree: its parent forgets it. What is still open below is cancelled. */
  end(): void {
    if (this.ended) return
    if (this.firstChild !== undefined) cancelLeftBehind(this)
    this.ended = true
    if (scopeChannel.hasSubscribers) tellClosed(this)
    const { parent, previousSibling: previous, nextSibling: next } = this
    this.rare?.leaveForeign?.()
    if (previous !== undefined) previous.nextSibling = next
    else if (parent instanceof ScopeNode && parent.firstChild === this) parent.firstChild = next
    if (next !== undefined) next.previousSibling = previous
  }

  /** Whether scopes opened in it are still open. */
  get hasOpenChildren(): boolean {
    return this.firstChild !== undefined
  }

  /** The scopes open in it, the newest first, for who tells what is still running; shields that are not linked are not among them. */
  get children(): ScopeNode[] {
    const children: ScopeNode[] = []
    for (let child = this.firstChild; child !== undefined; child = child.nextSibling) children.push(child)
    return children
  }

  /** Who listens, the newest first, for who tells what is waited for in it. */
  get listeners(): Listening[] {
    const listeners: Listening[] = []
    for (let listening = this.firstListening; listening !== undefined; listening = listening.next)
      listeners.push(listening)
    return listeners
  }

  /** Calls the listener when cancellation reaches this scope; the answer takes the listener out again. */
  listen(listener: (cancelled: Cancelled) => void): () => void {
    const listening: Listening = { reached: listener, listedIn: undefined, previous: undefined, next: undefined }
    this.addListening(listening)
    return () => this.removeListening(listening)
  }

  /** The same for who brings the list's links along. */
  addListening(listening: Listening): void {
    listening.listedIn = this
    listening.previous = undefined
    listening.next = this.firstListening
    if (this.firstListening !== undefined) this.firstListening.previous = listening
    this.firstListening = listening
  }

  removeListening(listening: Listening): void {
    if (listening.listedIn !== this) return
    listening.listedIn = undefined
    if (listening.previous === undefined) this.firstListening = listening.next
    else listening.previous.next = listening.next
    if (listening.next !== undefined) listening.next.previous = listening.previous
  }

  /** The same as an `AbortSignal`, made when first read; its reason is the {@link Cancelled}. */
  get signal(): AbortSignal {
    const rare = rareOf(this)
    if (rare.controller === undefined) {
      rare.controller = new AbortController()
      rare.signalRead = true
      for (let node = this.parent; node?.signalRead === false; node = node.parent) node.signalRead = true
      if (this.cancelled !== undefined) rare.controller.abort(this.cancelled)
    }
    return rare.controller.signal
  }

  /** Aborts when the scope is asked to stop, or cancelled; made when first read. */
  get stopSignal(): AbortSignal {
    const rare = rareOf(this)
    if (rare.stopController === undefined) {
      rare.stopController = new AbortController()
      if (this.cancelled !== undefined || this.stopping) rare.stopController.abort(stopReason(this))
    }
    return rare.stopController.signal
  }
}

/** What most scopes never have. */
interface Rare {
  own: Cancelled | undefined
  stopping: boolean
  signalRead: boolean
  controller: AbortController | undefined
  stopController: AbortController | undefined
  leaveForeign: (() => void) | undefined
}

function rareOf(node: ScopeNode): Rare {
  return (node.rare ??= {
    own: undefined,
    stopping: false,
    signalRead: false,
    controller: undefined,
    stopController: undefined,
    leaveForeign: undefined,
  })
}

function link(node: ScopeNode, parent: ScopeNode): void {
  if (!node.isShield) {
    node.cancelled = parent.cancelled
    if (parent.stopping) rareOf(node).stopping = true
  }
  if (!(parent instanceof ScopeNode)) {
    follow(node, parent)
    return
  }
  const next = parent.firstChild
  node.nextSibling = next
  if (next !== undefined) next.previousSibling = node
  parent.firstChild = node
}

/** The scope above is one of another copy of the package, in whose list this one cannot stand. */
function follow(node: ScopeNode, parent: ScopeNode): void {
  rareOf(node).leaveForeign = parent.listen((cancelled) => {
    if (!node.isShield) reach(node, cancelled)
  })
}

function stopReason(node: ScopeNode): Cancelled {
  return node.cancelled ?? new Cancelled('This operation was asked to stop', { scope: node })
}

/** Goes down the tree without recursion: scopes may be nested by the thousand. */
function reach(top: ScopeNode, cancelled: Cancelled): void {
  const open = [top]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.cancelled === cancelled) continue
    node.cancelled = cancelled // also where it was cancelled before: the outermost wins
    if (taskChannel.hasSubscribers) tellReached(node, cancelled)
    for (let child = node.firstChild; child !== undefined; child = child.nextSibling) {
      if (!child.isShield) open.push(child)
    }
    tell(node, cancelled)
  }
}

function tell(node: ScopeNode, cancelled: Cancelled): void {
  for (let listening = node.firstListening; listening !== undefined; listening = listening.next) {
    if (listening.listedIn === node) listening.reached(cancelled)
  }
  if (node.rare === undefined) return
  node.rare.controller?.abort(cancelled)
  node.rare.stopController?.abort(cancelled)
}

/** A shield has been switched on: later waits are safe again. A signal that has aborted is replaced when next read. */
function clear(top: ScopeNode): void {
  const open = [top]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    node.cancelled = node.own
    if (node.own === undefined && node.rare !== undefined) node.rare.controller = undefined
    for (let child = node.firstChild; child !== undefined; child = child.nextSibling) {
      if (child.isShield) continue
      if (child.own === undefined) open.push(child)
      else reach(child, child.own) // what came from above hid it
    }
  }
}

function cancelLeftBehind(node: ScopeNode): void {
  for (let child = node.firstChild; child !== undefined; child = child.nextSibling) {
    child.cancel('the scope around it has ended', 'explicit')
  }
}

/** The nearest scope that has not ended (rule G). */
export function livingScope(scope: ScopeNode | undefined): ScopeNode | undefined {
  let living = scope
  while (living?.ended === true) living = living.parent
  return living
}
