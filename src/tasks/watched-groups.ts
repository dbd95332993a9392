/** The scopes of the groups that were entered while diagnostics were on, and are open: some are found in no other way. */
import type { ScopeNode } from '../scope.ts'

const watched = new Set<ScopeNode>()

/** To be called with the scope of the children of a group that is entered while diagnostics are on. */
export function watchGroup(children: ScopeNode): void {
  watched.add(children)
}

/** To be called when any group has been left. */
export function unwatchGroup(children: ScopeNode): void {
  if (watched.size > 0) watched.delete(children)
}

/** All that are watched. */
export function watchedGroups(): Iterable<ScopeNode> {
  return watched
}
