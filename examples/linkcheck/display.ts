/** What is seen of a run while it works: one line on the terminal, made anew ten times a second. */
import { contextManager, ensure, sleep, TaskGroup, within } from 'withal'
import type { Crawl } from './crawl/crawl.ts'
import type { Progress } from './crawl/progress.ts'
import { counted, duration, grouped } from './report/summary.ts'

/** What is shown, and where. */
export interface DisplayOptions {
  /** As a rule standard error. Where it is no terminal, nothing is shown. */
  readonly screen: NodeJS.WriteStream
  readonly isQuiet: boolean
  readonly crawl: Crawl
  readonly progress: Progress
}

/** Shows how far a crawl has come. */
export const display = contextManager(async function* display({ screen, isQuiet, crawl, progress }: DisplayOptions) {
  if (isQuiet || !screen.isTTY) {
    yield
    return
  }
  const { createLogUpdate } = await import('log-update') // only where it is needed
  const write = createLogUpdate(screen)
  yield* within(ensure(() => write.clear()))
  const group = yield* within(new TaskGroup({ name: 'display' }))
  group.spawn(
    async function refresh() {
      for (;;) {
        write(progressLine(progress, crawl.underWay))
        await sleep(100)
      }
    },
    { background: true },
  )
  yield
})

/** `120 pages, 4,321 links, 98 pages/s, 3 broken, 16 under way, 1.2 s` */
export function progressLine({ pages, links, broken, checked, elapsed }: Progress, underWay: number): string {
  const rate = elapsed > 0 ? Math.round((checked * 1_000) / elapsed) : 0
  return [
    counted(pages, 'page'),
    counted(links, 'link'),
    `${grouped(rate)} addresses/s`,
    `${grouped(broken)} broken`,
    `${grouped(underWay)} under way`,
    duration(elapsed),
  ].join(', ')
}
