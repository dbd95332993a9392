/** Where a task stands among the tasks, in words. */
import type { ScopeNode } from '../scope.ts'
import { TaskNode } from './task.ts'

/** The names of a task and of those it runs in, the outermost first: `server › request`. */
export function pathTo(task: TaskNode): string {
  const names: string[] = []
  for (let node: ScopeNode | undefined = task; node !== undefined; node = node.parent) {
    if (node instanceof TaskNode) names.unshift(node.name)
  }
  return names.join(' › ')
}
