/**
 * The ambient frame: which scope and task the running code belongs to, and which variables are bound. A frame never
 * changes; entering something makes a new one. There is one storage for all copies of the package in a program, made
 * when it is first needed, since on Node 22 the first use slows every `await` of the process.
 */
import { UsageError } from './errors/index.ts'
import { livingScope } from './scope.ts'
import type { ScopeNode } from './scope.ts'

/** A bound variable, linked to those bound before it. */
export interface Binding {
  readonly key: object
  readonly value: unknown
  readonly outer: Binding | undefined
}

/** What the running code belongs to. The first three are fixed under version 1: other copies of the package read them. */
export interface Frame {
  readonly scope: ScopeNode | undefined
  readonly task: object | undefined
  readonly bindings: Binding | undefined
  /** The frame's shield, once it was needed: it is never cancelled itself, so all cleanup in the frame can share it. */
  cleanup?: Frame | undefined
}

interface Storage {
  getStore(): Frame | undefined
  run<R>(frame: Frame | undefined, work: () => R): R
  enterWith(frame: Frame | undefined): void
}

const sharedKey: unique symbol = Symbol.for('withal.ambient/1') as never // `Symbol.for` has no unique type

/** Held by all copies of the package, and made before the storage: looking something up on `globalThis` costs 10 ns. */
const shared: { storage: Storage | undefined } = ((globalThis as { [sharedKey]?: typeof shared })[sharedKey] ??= {
  storage: undefined,
})

/** The frame of the running code, or `undefined` outside all of them. */
export function currentFrame(): Frame | undefined {
  return shared.storage?.getStore()
}

/**
 * The same for who asks for nothing else, and would take `undefined` for an answer where there can be none.
 *
 * @throws UsageError  The platform has no asynchronous context.
 */
export function askForFrame(): Frame | undefined {
  if (!canRunInFrames()) throw noStorage()
  return currentFrame()
}

/** The scope of a frame that is still open (rule G), or `undefined`. */
export function scopeOf(frame: Frame | undefined): ScopeNode | undefined {
  return frame === undefined ? undefined : livingScope(frame.scope)
}

/**
 * Runs work in a frame, with everything it starts.
 *
 * @throws UsageError  The platform has no asynchronous context (browsers); the text says what to use instead.
 */
export function runInFrame<R>(frame: Frame | undefined, work: () => R): R {
  if (shared.storage === undefined && frame === undefined) return work()
  const storage = (shared.storage ??= makeStorage())
  if (resourceClass === null) resourceClass = findResourceClass()
  if (resourceClass === undefined) return storage.run(frame, work)
  return new resourceClass('withal', noTrigger).runInAsyncScope(enterAndWork<R>, undefined, frame, work)
}

function enterAndWork<R>(frame: Frame | undefined, work: () => R): R {
  shared.storage!.enterWith(frame) // `runInFrame` has seen to it
  return work()
}

/** Whether the platform can run anything in a frame. */
export function canRunInFrames(): boolean {
  return shared.storage !== undefined || storageClass() !== undefined
}

/** Runs work in a frame where the platform can, else just runs it: for cleanup, which must not fail for want of a frame. */
export function runInFrameIfPossible<R>(frame: Frame, work: () => R): R {
  return canRunInFrames() ? runInFrame(frame, work) : work()
}

/**
 * Makes a frame current for the rest of the running job. Cheaper than {@link runInFrame}, and confined only where the
 * caller has awaited something of its own before: earlier, it would change its caller's frame (fact JF-25).
 */
export function enterFrame(frame: Frame): void {
  ;(shared.storage ??= makeStorage()).enterWith(frame)
}

/** The same where the platform can, else nothing; says whether it can. */
export function enterFrameIfPossible(frame: Frame): boolean {
  if (!canRunInFrames()) return false
  enterFrame(frame)
  return true
}

/** The shield for the exits of a frame, or `undefined` where there is no scope to be shielded from. */
export function shieldFor(frame: Frame | undefined): Frame | undefined {
  const scope = scopeOf(frame)
  if (frame === undefined || scope === undefined) return undefined
  const known = frame.cleanup
  if (known?.scope?.parent === scope) return known // else the scope has ended, and another one is around
  return (frame.cleanup = { scope: scope.shielded(), task: frame.task, bindings: frame.bindings })
}

/** Tells whether a frame is just the shield of another one. */
export function isShieldOf(shield: Frame | undefined, frame: Frame | undefined): boolean {
  if (shield === undefined || frame === undefined) return shield === frame
  const { scope } = shield
  const sameOtherwise = shield.task === frame.task && shield.bindings === frame.bindings
  return scope !== undefined && scope.shield && scope.parent === livingScope(frame.scope) && sameOtherwise
}

/** Remembers what was current when it was made, and brings that back when a call has returned. */
interface Resource {
  runInAsyncScope<A extends unknown[], R>(call: (...args: A) => R, self: undefined, ...args: A): R
}

interface AsyncHooks {
  readonly AsyncLocalStorage?: new () => Storage
  readonly AsyncResource?: new (type: string, triggerAsyncId: number) => Resource
}

interface Platform {
  readonly process?: {
    readonly versions?: { readonly node?: string }
    readonly getBuiltinModule?: (name: string) => AsyncHooks | undefined
  }
  readonly AsyncLocalStorage?: new () => Storage
}
const platform = globalThis as Platform

function storageClass(): (new () => Storage) | undefined {
  return platform.process?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage ?? platform.AsyncLocalStorage
}

/** No asynchronous operation has caused it; finding out which one runs takes longer than all the rest. */
const noTrigger = 0

/** `null` until it is asked for; `undefined` where `run` is the better way. */
let resourceClass: AsyncHooks['AsyncResource'] | null = null

/**
 * From Node 24 on, `run` copies the map of all storages going in and again coming back, and leaves an empty place in the
 * latter, which all later frames copy along (fact JF-24). A resource brings back the very map that was there before.
 */
function findResourceClass(): AsyncHooks['AsyncResource'] {
  const { process } = platform
  const hasMaps = Number.parseInt(process?.versions?.node ?? '0') >= 24
  return hasMaps ? process?.getBuiltinModule?.('node:async_hooks')?.AsyncResource : undefined
}

function makeStorage(): Storage {
  const AsyncLocalStorage = storageClass()
  if (AsyncLocalStorage === undefined) throw noStorage()
  return new AsyncLocalStorage()
}

function noStorage(): UsageError {
  return new UsageError(
    'WITHAL_NO_AMBIENT_STORAGE',
    'This platform has no asynchronous context, so nothing can be ambient here. Pass the scope or its `signal` by hand.',
  )
}
