/**
 * What the scope of a group's children knows of its group, for lists of what is running. It stands among those who listen to the
 * scope: a field for it in every scope, or a class of its own for these, would make all scopes slower.
 */
import type { Listening, ScopeNode } from '../scope.ts'
import type { Places } from './places.ts'

export class GroupMark implements Listening {
  declare listedIn: ScopeNode | undefined
  declare previous: Listening | undefined
  declare next: Listening | undefined
  /** The name of the group. */
  declare readonly name: string
  declare readonly places: Places
  /** Whether its body has ended, so that it waits for its children. */
  declare isClosing: boolean

  constructor(name: string, places: Places) {
    this.name = name
    this.places = places
    this.isClosing = false
  }

  /** It only stands there. */
  reached(): void {}
}

/** The mark of a group, if this is the scope of its children. */
export function markOf(scope: ScopeNode | undefined): GroupMark | undefined {
  return scope?.listeners.find((listening) => listening instanceof GroupMark)
}

/** The scopes of the groups that were entered while diagnostics were on, and are open. */
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
