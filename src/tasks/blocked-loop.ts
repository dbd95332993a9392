/** Notices that nothing could run for a while, since somebody has worked without waiting. For development diagnostics. */
import { tellDiagnostic } from '../channels.ts'
import type { Clock } from '../clock.ts'

/** Milliseconds between two looks, and from how many milliseconds on a delay is told. */
const [interval, longTurn] = [50, 100]

/**
 * Looks at a clock again and again; the answer ends that.
 *
 * @param running  Names what is running, for the message.
 */
export function watchLoop(clock: Clock, running: () => string): () => void {
  let stop = (): void => {}
  const set = (): void => {
    const due = clock.now() + interval
    stop = clock.setTimer(interval, () => look(due), true)
  }
  const look = (due: number): void => {
    const late = Math.round(clock.now() - due)
    set()
    if (late >= longTurn) tellBlocked(late, running())
  }
  set()
  return () => stop()
}

function tellBlocked(late: number, running: string): void {
  tellDiagnostic({
    code: 'WITHAL_BLOCKED',
    message:
      `The event loop was blocked for about ${late} ms: no timer, no I/O and no cancellation could happen meanwhile. ` +
      `Wait in between (\`checkpoint({ macrotask: true })\`), or give the work to a worker. Running: ${running}.`,
    openedAt: '',
  })
}
