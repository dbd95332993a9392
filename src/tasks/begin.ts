/**
 * How a child begins, and how its end is met. It begins in a job of its own, in which its frame can be entered cheaply and
 * cannot leak (fact JF-25). Of a promise of the platform no closure is needed to learn which task has ended: what is called
 * by it runs in the frame in which it was asked, and that frame is the task.
 */
import { isThenable } from '../contexts/exits.ts'
import { currentFrame, enterFrameIfPossible, runInFrameIfPossible } from '../frame.ts'
import { realPart } from './absorb.ts'
import { errorOf } from './task.ts'
import type { TaskNode } from './task.ts'

/** A function that a group runs. One that takes an argument gets the signal that aborts when its task is cancelled. */
export type TaskFunction<T> = (signal: AbortSignal) => T | PromiseLike<T>

const settled = Promise.resolve()
const { then } = Promise.prototype

/** Those that will begin, in order, linked by their `outcome`, which they do not have yet. */
let first: TaskNode | undefined
let last: TaskNode | undefined

/** Begins a child one microtask later. */
export function begin(task: TaskNode, fn: TaskFunction<unknown>): void {
  if (fn !== task.named) {
    // oxlint-disable-next-line typescript/no-floating-promises -- what a task throws is caught inside
    void settled.then(() => run(task, fn))
    return
  }
  if (first === undefined) first = task
  else last!.outcome = task // where there is a first one, there is a last one
  last = task
  // oxlint-disable-next-line typescript/no-floating-promises -- as above
  void settled.then(beginFirst)
}

/** Jobs run in the order in which they were made, so each finds its own task in front. */
function beginFirst(): void {
  const task = first! // a job for each
  first = task.outcome as TaskNode | undefined // put there by `begin`
  if (first === undefined) last = undefined
  task.outcome = undefined
  run(task, task.named as TaskFunction<unknown>) // seen by `begin`
}

/**
 * Begins a child when it is let go, one microtask later, where it was spawned: whatever other people keep for the running
 * code, as tracing does, is then that of the spawner, not that of who let it go.
 */
export function beginLater(task: TaskNode, fn: TaskFunction<unknown>): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  // oxlint-disable-next-line typescript/no-floating-promises -- as above
  void promise.then(() => run(task, fn))
  return resolve
}

/** Runs it to its first `await` now; what comes of it is looked at later, as with all others. */
export function begun(task: TaskNode, fn: TaskFunction<unknown>): () => unknown {
  try {
    const result = runInFrameIfPossible(task, () => call(task, fn))
    return () => result
  } catch (error) {
    return () => {
      throw error
    }
  }
}

function run(task: TaskNode, fn: TaskFunction<unknown>): void {
  const isAmbient = enterFrameIfPossible(task)
  try {
    const result = call(task, fn)
    if (!isThenable(result)) task.parent.taskEnded(task, 'completed', result)
    else if (isAmbient && result instanceof Promise && result.then === then)
      task.settling = result.then(completedHere, failedHere)
    else follow(task, result)
  } catch (error) {
    failed(task, error)
  }
}

function call(task: TaskNode, fn: TaskFunction<unknown>): unknown {
  return fn.length > 0 ? fn(task.signal) : (fn as () => unknown)()
}

/** It gives the value: so its promise is the task's result, if anybody asks for it. */
function completedHere(value: unknown): unknown {
  const task = currentFrame() as TaskNode // entered before it was asked for
  task.parent.taskEnded(task, 'completed', value)
  return value
}

function failedHere(error: unknown): void {
  const task = currentFrame() as TaskNode // as above
  failed(task, error)
  if (task.asked !== undefined && task.asked === task.settling) throw errorOf(task)
}

/** Without an ambient frame, or when the promise is not the platform's and calls back from wherever it likes. */
function follow(task: TaskNode, result: PromiseLike<unknown>): void {
  result.then(
    (value) => task.parent.taskEnded(task, 'completed', value),
    (error: unknown) => failed(task, error),
  )
}

/** A failure that is nothing but the task's own cancellation, or that of a scope around it, is none. */
function failed(task: TaskNode, error: unknown): void {
  const real = realPart(task, error)
  if (real === undefined) task.parent.taskEnded(task, 'cancelled', error)
  else task.parent.taskEnded(task, 'failed', real.error)
}
