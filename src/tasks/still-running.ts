/** Names what runs in a scope, for messages about a program that does not end. Costs nothing until it is asked. */
import type { ScopeNode } from '../scope.ts'
import { pathTo } from './task-path.ts'
import { TaskNode } from './task.ts'

/** The hosts of background groups: shields, which the tree of scopes does not list. They live as long as what they are in. */
const background = new WeakMap<ScopeNode, Set<ScopeNode>>()

/** To be called with the host scope of a background group when it is opened. */
export function listBackground(host: ScopeNode): void {
  const { parent } = host
  if (parent === undefined) return
  const hosts = background.get(parent)
  if (hosts === undefined) background.set(parent, new Set([host]))
  else hosts.add(host)
}

/** The same for when it has been left. */
export function unlistBackground(host: ScopeNode): void {
  if (host.parent !== undefined) background.get(host.parent)?.delete(host)
}

/** The hosts of the background groups that were opened in a scope and are open. */
export function backgroundIn(scope: ScopeNode): Iterable<ScopeNode> {
  return background.get(scope) ?? []
}

/** The paths of the tasks that run in a scope, also in background groups, the oldest of a group first; at most so many. */
export function runningTasks(scope: ScopeNode, most: number): { readonly paths: string[]; readonly more: number } {
  const paths: string[] = []
  let more = 0
  const open = [scope]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node instanceof TaskNode && node.running) {
      if (paths.length < most) paths.push(pathTo(node))
      else more++
    }
    for (const host of backgroundIn(node)) open.push(host)
    for (const child of node.children) open.push(child)
  }
  return { paths, more }
}
