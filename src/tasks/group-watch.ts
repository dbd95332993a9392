/** What development diagnostics say about groups. Nothing of it happens until somebody listens. */
import { currentClock } from '../clock.ts'
import { placeOf, tellDiagnostic } from '../observe.ts'
import type { TaskNode } from './task.ts'

/** Milliseconds that work which was asked to stop, or a holder whose group has failed, is given before it is named. */
const grace = 5_000

/** Names a task that has not ended some time after it was cancelled; the answer ends the watch. */
export function watchTask(task: TaskNode, group: string, caller: (...args: never[]) => unknown): () => void {
  const openedAt = placeOf(caller)
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
  }
}

/** Where a held group was entered, and since when its holder does not look at its failure. */
export class HolderWatch {
  readonly #openedAt: string
  #stopTimer: (() => void) | undefined

  constructor(caller: (...args: never[]) => unknown) {
    this.#openedAt = placeOf(caller)
  }

  failed(group: string): void {
    this.#stopTimer ??= currentClock().setTimer(grace, () => this.#tell(group), true)
  }

  /** It is joined or left. */
  noticed(): void {
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
