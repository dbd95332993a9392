/** Which task an error came from, kept beside the error, so that the error itself is not changed. */
import { leaves } from '../errors/index.ts'
import type { ScopeNode } from '../scope.ts'
import { TaskNode } from './task.ts'

const paths = new WeakMap<object, string>()

/** Remembers the task that failed with an error; of several that it passes, the innermost. */
export function rememberTask(error: unknown, task: TaskNode): void {
  let path: string | undefined
  for (const leaf of leaves(error)) {
    if (typeof leaf !== 'object' || leaf === null || paths.has(leaf)) continue
    paths.set(leaf, (path ??= pathTo(task)))
  }
}

/** The names of the tasks that an error came through, the outermost first: `server › request`. */
export function taskPathOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? paths.get(error) : undefined
}

/** The names of a task and of those it runs in, the outermost first. */
export function pathTo(task: TaskNode): string {
  const names: string[] = []
  for (let node: ScopeNode | undefined = task; node !== undefined; node = node.parent) {
    if (node instanceof TaskNode) names.unshift(node.name)
  }
  return names.join(' › ')
}
