/** What development diagnostics say about groups and their tasks. Nothing of it happens until somebody listens. */
import { tellDiagnostic } from '../channels.ts'
import { currentClock } from '../clock.ts'
import { placeOf } from '../observe.ts'
import type { ScopeNode } from '../scope.ts'
import { watchGroup } from './watched-groups.ts'
import { placeOfOpening, rememberPlace } from './opened-at.ts'
import type { TaskNode } from './task.ts'

/** Milliseconds that work which was asked to stop, or a holder whose group has failed, is given before it is named. */
const grace = 5_000
/** Milliseconds without a wait after which a task is named. */
const longTurn = 100

type Caller = (...args: never[]) => unknown

/** Watches a task: whether it ends when it is cancelled, and what it leaves behind. The answer is to be called when it ends. */
export function watchTask(task: TaskNode, group: string, caller: Caller): () => void {
  const openedAt = placeOf(caller)
  rememberPlace(task, openedAt)
  const clock = currentClock()
  let stopTimer: (() => void) | undefined
  const tell = (): void =>
    tellDiagnostic({
      code: 'WITHAL_IGNORES_CANCELLATION',
      message:
        `The task "${task.name}" of the ${group} has not ended ${grace} ms after it was cancelled, and is waited for. ` +
        `Give what it waits for the \`signal\`, or leave it behind by \`cancellable\`. Spawned at:\n${openedAt}`,
      openedAt,
    })
  const cancelled = (): void => {
    stopTimer ??= clock.setTimer(grace, tell, true)
  }
  const stopListening = task.listen(cancelled)
  if (task.cancelled !== undefined) cancelled()
  return () => {
    stopListening()
    stopTimer?.()
    if (task.cancelled !== undefined) return
    tellLeftWaits(task, `The task "${task.name}"`, openedAt)
    if (task.hasOpenChildren) tellLeftOpen(task, openedAt)
  }
}

/** Says that work has ended while waits it had begun are going on: nobody waits for them. */
export function tellLeftWaits(scope: ScopeNode, what: string, openedAt: string): void {
  const left = scope.listeners.map(placeOfOpening).filter((place) => place !== undefined)
  if (left.length === 0) return
  tellDiagnostic({
    code: 'WITHAL_NOT_AWAITED',
    message:
      `${what} has ended while waits that it had begun were going on, so nobody waits for them: an \`await\` was forgotten, ` +
      `or \`Promise.all\` or \`Promise.race\` has left them behind, where \`gather\` and \`race\` would not.${begunAt(left)}`,
    openedAt,
  })
}

function tellLeftOpen(task: TaskNode, openedAt: string): void {
  tellDiagnostic({
    code: 'WITHAL_LEFT_OPEN',
    message:
      `The task "${task.name}" has ended before scopes that were opened in it, which are cancelled. ` +
      `Wait for \`within\`, and leave what is held.${placesOf(task.children)}`,
    openedAt,
  })
}

function begunAt(places: readonly string[]): string {
  return places.map((place) => ` Begun at:\n${place}`).join('\n')
}

/** Where these scopes were opened, for a message about them; empty where that is not known. */
export function placesOf(scopes: readonly ScopeNode[]): string {
  const places = scopes.map(placeOfOpening).filter((place) => place !== undefined)
  return places.map((place) => ` Opened at:\n${place}`).join('\n')
}

/** Names a task whose function has kept all others from running. */
export function timed(
  task: TaskNode,
  fn: (signal: AbortSignal) => unknown,
): ((signal: AbortSignal) => unknown) | (() => unknown) {
  if (fn.length > 0) return (signal) => timeOf(task, () => fn(signal))
  return () => timeOf(task, fn as () => unknown) // one without arguments is given none
}

function timeOf(task: TaskNode, work: () => unknown): unknown {
  const clock = currentClock()
  const begun = clock.now()
  try {
    return work()
  } finally {
    const took = Math.round(clock.now() - begun)
    if (took >= longTurn) tellLongTurn(task, took)
  }
}

function tellLongTurn(task: TaskNode, took: number): void {
  const openedAt = placeOfOpening(task) ?? ''
  tellDiagnostic({
    code: 'WITHAL_BLOCKED',
    message:
      `The task "${task.name}" ran for ${took} ms before its first wait, and nothing else could run meanwhile. ` +
      `Wait in between (\`checkpoint({ macrotask: true })\`), or give the work to a worker. Spawned at:\n${openedAt}`,
    openedAt,
  })
}

/** Notes a group that is being entered; gives the watch over its holder, if it is held. */
export function watchEntered(children: ScopeNode, covers: boolean, caller: Caller): HolderWatch | undefined {
  const openedAt = placeOf(caller)
  rememberPlace(children, openedAt)
  watchGroup(children)
  return covers ? undefined : new HolderWatch(openedAt)
}

/** Where a held group was entered, and since when its holder does not look at its failure. */
export class HolderWatch {
  readonly #openedAt: string
  #stopTimer: (() => void) | undefined
  #isNoticed = false

  constructor(openedAt: string) {
    this.#openedAt = openedAt
  }

  failed(group: string): void {
    if (this.#isNoticed) return
    this.#stopTimer ??= currentClock().setTimer(grace, () => this.#tell(group), true)
  }

  /** It is joined or left: what fails from now on does so while somebody waits. */
  noticed(): void {
    this.#isNoticed = true
    this.#stopTimer?.()
  }

  #tell(group: string): void {
    tellDiagnostic({
      code: 'WITHAL_FAILED_UNNOTICED',
      message:
        `The ${group} has failed, and for ${grace} ms its holder has neither joined nor left it. ` +
        `Leave the block when its \`signal\` aborts, or use \`within(group, body)\`. Opened at:\n${this.#openedAt}`,
      openedAt: this.#openedAt,
    })
  }
}
