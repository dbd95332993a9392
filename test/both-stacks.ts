/** The two exit stacks behind one face, so that what holds for both is tested on each. */
import { AsyncExitStack, ExitStack, within, withinSync } from 'withal'
import type { Outcome } from 'withal'

/** A handle on a stack of either kind. */
export interface AnyHandle {
  readonly value: unknown
  complete(): void
  fail(error: unknown): void
}

/** A stack of either kind; what the asynchronous one promises has to be awaited. */
export interface AnyStack {
  readonly disposed: boolean
  readonly closing: boolean
  enter(manager: object): unknown
  hold(manager: object): AnyHandle | Promise<AnyHandle>
  forget(handle: AnyHandle): boolean
  push<E>(exit: E): E
  use<D>(disposable: D): D
  adopt<V>(value: V, dispose: (value: V) => unknown): V
  defer(callback: (...args: never[]) => unknown, ...args: unknown[]): void
  complete(): void
  move(): AnyStack
  popAll(): AnyStack
  close(outcome?: Outcome): unknown
}

/** One kind of stack, and how it is used. */
export interface StackKind {
  readonly kind: string
  readonly Stack: new () => AnyStack
  make(): AnyStack
  /** Runs a body that gives no promise within the stack. */
  within(stack: AnyStack, body: () => unknown): Promise<unknown>
  /** Leaves a native block. */
  dispose(stack: AnyStack): Promise<void>
  /** Closes a handle early. */
  disposeHandle(handle: AnyHandle): Promise<void>
}

const SyncStack = ExitStack<boolean> as unknown as new () => AnyStack // it has all these methods
const WaitingStack = AsyncExitStack<boolean> as unknown as new () => AnyStack // it has all these methods

/** Both kinds. */
export const stackKinds: readonly StackKind[] = [
  {
    kind: 'ExitStack',
    Stack: SyncStack,
    make: () => new SyncStack(),
    within: async (stack, body) => withinSync(stack as unknown as ExitStack, () => body()),
    dispose: async (stack) => (stack as unknown as Disposable)[Symbol.dispose](),
    disposeHandle: async (handle) => (handle as unknown as Disposable)[Symbol.dispose](),
  },
  {
    kind: 'AsyncExitStack',
    Stack: WaitingStack,
    make: () => new WaitingStack(),
    within: (stack, body) => within(stack as unknown as AsyncExitStack, () => body()),
    dispose: async (stack) => (stack as unknown as AsyncDisposable)[Symbol.asyncDispose](),
    disposeHandle: async (handle) => (handle as unknown as AsyncDisposable)[Symbol.asyncDispose](),
  },
]

/** A function that throws, for a body or an exit. */
export function throwing(error: unknown): () => never {
  return () => {
    throw error
  }
}
