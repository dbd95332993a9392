/** The scope of a group's children, which knows of its group what a list of what is running has to say. */
import { ScopeNode } from '../scope.ts'
import type { Places } from './places.ts'

export class GroupNode extends ScopeNode {
  /** The name of the group. */
  readonly name: string
  readonly places: Places
  /** Whether its body has ended, so that it waits for its children. */
  isClosing = false

  constructor(host: ScopeNode, name: string, places: Places) {
    super(host)
    this.name = name
    this.places = places
  }

  override end(): void {
    super.end()
    watched.delete(this)
  }
}

/** The groups that were entered while diagnostics were on, and are open. */
const watched = new Set<GroupNode>()

/** To be called with a group that is entered while diagnostics are on. */
export function watchGroup(group: GroupNode): void {
  watched.add(group)
}

/** All of them. */
export function watchedGroups(): Iterable<GroupNode> {
  return watched
}
