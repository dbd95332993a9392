/** What the running code belongs to, taken along: for work that begins elsewhere, or later. */
import { UsageError } from '../errors/index.ts'
import { currentFrame, runInFrame } from '../frame.ts'
import type { Frame } from '../frame.ts'
import { checkFunction } from './check-function.ts'
import { TaskNode } from './task.ts'
import type { TaskParent } from './task.ts'

/** The scope, task and variables of one place. It never changes, and may be kept as long as one likes. */
export interface Context {
  /**
   * Runs work in it, with everything that this starts, and gives what it gives. When the scope has ended by then, the work
   * runs in the nearest one around that has not.
   */
  run<R>(work: () => R): R
}

/**
 * Takes the scope, the task and the variables of here and now. `spawn(fn, { context })` gives a child those variables, in
 * place of those of who spawns it. For one function there is `bind(fn)`. In browsers, where nothing is ambient, work is just
 * run.
 *
 * @example
 * const tenant = new ContextVar('tenant', { default: 'nobody' })
 * const context = await within(tenant.bind('a'), async () => captureContext())
 * tenant.get() // => 'nobody'
 * context.run(() => tenant.get()) // => 'a'
 */
export function captureContext(): Context {
  return new CapturedContext(currentFrame())
}

class CapturedContext implements Context {
  readonly #frame: Frame | undefined

  constructor(frame: Frame | undefined) {
    this.#frame = frame
  }

  run<R>(work: () => R): R {
    checkFunction(work, 'run')
    return runInFrame(this.#frame, work)
  }
}

/**
 * Makes a task that has the variables of a context. Its scope is the group's, as with all others.
 *
 * @throws UsageError  Not a context.
 */
export function taskIn(
  context: Context,
  parent: TaskParent,
  fn: { readonly name: string },
  name: string | undefined,
): TaskNode {
  if (typeof (context as Partial<Context> | null)?.run !== 'function') {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`context\` is ${String(context)}. Give what \`captureContext()\` gives.`,
    )
  }
  return context.run(() => new TaskNode(parent, fn, name))
}
