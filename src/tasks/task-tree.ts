/** What is running: the groups that are open and the tasks in them, as data and as text. Costs nothing until it is asked. */
import { currentFrame, scopeOf } from '../frame.ts'
import type { ScopeNode } from '../scope.ts'
import { askersOf } from './askers.ts'
import { Children } from './children.ts'
import { watchedGroups } from './watched-groups.ts'
import { placeOfOpening } from './opened-at.ts'
import { runningProgram } from './running-program.ts'
import { backgroundIn } from './still-running.ts'
import { TaskNode } from './task.ts'

/** A group or a task of {@link taskTree}. */
export interface TaskTreeEntry {
  readonly kind: 'group' | 'task'
  readonly name: string
  /**
   * Of a task: `running`, `queued` while it waits for a place in its group. Of a group: `open`, `closing` while it waits for
   * its tasks since its body has ended. Of both: `cancelled` when they are, and have not ended.
   */
  readonly state: 'open' | 'closing' | 'running' | 'queued' | 'cancelled'
  /** The stack at which it was spawned or entered; known if diagnostics were on then. */
  readonly openedAt: string | undefined
  /** The stacks of the waits of the library that are going on in the task itself; known if diagnostics were on when they began. */
  readonly waitsAt: readonly string[]
  /** The names of the running tasks that have asked for its result while diagnostics were on: they wait for it, or soon will. */
  readonly askedForBy: readonly string[]
  /** What runs in it, the oldest first. */
  readonly children: readonly TaskTreeEntry[]
}

/** What stands in the tree: a task, or the children of a group. */
type Listed = TaskNode | Children

/**
 * The groups that are open and the tasks that are running in them. Found are those of the program of `runMain`, and those of the
 * program or the outermost scope around the caller. While diagnostics are on (`diagnose()`), all groups entered since are
 * found, wherever they are, and where things were opened and who waits for what is known, too.
 *
 * @example
 * await within(new TaskGroup({ name: 'workers' }), (group) => {
 *   group.spawn(() => sleep(1), { name: 'one' })
 *   const [workers] = taskTree()
 *   return workers?.children.map((task) => `${task.name}: ${task.state}`)
 * }) // => ['one: running']
 */
export function taskTree(): readonly TaskTreeEntry[] {
  const all = allListed()
  const places = new Map<ScopeNode, Listed>(
    all.flatMap((listed) => [
      [listed, listed],
      [outside(listed), listed],
    ]),
  )
  const children = new Map<Listed | undefined, Listed[]>()
  for (const listed of all) {
    let around = outside(listed).parent
    while (around !== undefined && !places.has(around)) around = around.parent
    const parent = around === undefined ? undefined : places.get(around)
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [listed])
    else siblings.push(listed)
  }
  return entriesOf(children)
}

/** A group has two scopes: that of its body, and in it that of its children. */
function outside(listed: Listed): ScopeNode {
  return listed instanceof Children ? (listed.parent ?? listed) : listed
}

/**
 * The tree as text, a line for each group and task, with what is known about it.
 *
 * @param tree  Default: what is running now.
 * @example
 * await within(new TaskGroup({ name: 'workers' }), (group) => {
 *   group.spawn(() => sleep(1), { name: 'one' })
 *   return formatTaskTree()
 * }) // => 'group "workers": open\n└─ task "one": running'
 */
export function formatTaskTree(tree: readonly TaskTreeEntry[] = taskTree()): string {
  const lines: string[] = []
  const open = tree.toReversed().map((entry) => ({ entry, first: '', rest: '' }))
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { entry, first, rest } = next
    lines.push(`${first}${entry.kind} "${entry.name}": ${entry.state}`)
    const below = entry.children.length > 0 ? '│  ' : '   '
    for (const detail of detailsOf(entry)) lines.push(`${rest}${below}${detail}`)
    entry.children.toReversed().forEach((child, index) => {
      const [corner, side] = index === 0 ? ['└─ ', '   '] : ['├─ ', '│  ']
      open.push({ entry: child, first: `${rest}${corner}`, rest: `${rest}${side}` })
    })
  }
  return lines.join('\n')
}

function detailsOf({ kind, openedAt, waitsAt, askedForBy }: TaskTreeEntry): string[] {
  const details: string[] = []
  if (openedAt !== undefined) details.push(`${kind === 'task' ? 'spawned' : 'entered'} ${firstLine(openedAt)}`)
  for (const place of waitsAt) details.push(`waits ${firstLine(place)}`)
  if (askedForBy.length > 0) details.push(`asked for by ${askedForBy.map((name) => `"${name}"`).join(', ')}`)
  return details
}

function firstLine(place: string): string {
  return place.trim().split('\n', 1)[0]! // there is always one
}

/** Goes down from the outermost scopes; what diagnostics know of may stand in cleanup, where it is not found from above. */
function allListed(): Listed[] {
  const found: Listed[] = []
  const seen = new Set<ScopeNode>()
  const open: ScopeNode[] = [...Array.from(watchedGroups()).toReversed(), ...outermost()]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    if (node instanceof Children || (node instanceof TaskNode && node.running)) found.push(node)
    open.push(...backgroundIn(node), ...node.children)
  }
  return found
}

function outermost(): ScopeNode[] {
  const scopes = [scopeOf(currentFrame()), runningProgram(undefined)?.root]
  return scopes.filter((scope) => scope !== undefined).map(topOf)
}

function topOf(scope: ScopeNode): ScopeNode {
  let top = scope
  while (top.parent !== undefined) top = top.parent
  return top
}

/** Without recursion: groups may be nested by the thousand. */
function entriesOf(children: ReadonlyMap<Listed | undefined, readonly Listed[]>): readonly TaskTreeEntry[] {
  const roots: TaskTreeEntry[] = []
  const open: { readonly listed: Listed; readonly into: TaskTreeEntry[] }[] = []
  const add = (all: readonly Listed[] = [], into: TaskTreeEntry[]): void => {
    for (const listed of all.toReversed()) open.push({ listed, into })
  }
  add(children.get(undefined), roots)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const inside: TaskTreeEntry[] = []
    next.into.push(entryOf(next.listed, inside))
    add(children.get(next.listed), inside)
  }
  return roots
}

function entryOf(listed: Listed, children: readonly TaskTreeEntry[]): TaskTreeEntry {
  const { name, cancelled } = listed
  const openedAt = placeOfOpening(listed)
  if (listed instanceof Children) {
    const state = cancelled !== undefined ? 'cancelled' : listed.isClosing ? 'closing' : 'open'
    return { kind: 'group', name, state, openedAt, waitsAt: [], askedForBy: [], children }
  }
  const { parent } = listed
  const isQueued = parent instanceof Children && parent.places.isWaiting(listed)
  return {
    kind: 'task',
    name,
    state: cancelled !== undefined ? 'cancelled' : isQueued ? 'queued' : 'running',
    openedAt,
    waitsAt: listed.listeners.map(placeOfOpening).filter((place) => place !== undefined),
    askedForBy: Array.from(askersOf(listed)).flatMap((asker) =>
      asker instanceof TaskNode && asker.running ? [asker.name] : [],
    ),
    children,
  }
}
