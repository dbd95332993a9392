import { expectTypeOf } from 'expect-type'
import { quit, run, runMain, signals } from './index.ts'
import type { ReceivedSignals, TaskGroup } from './index.ts'
import { within } from '../contexts/index.ts'

expectTypeOf(run(() => 7)).toEqualTypeOf<Promise<number>>()
expectTypeOf(run(async (group) => group)).toEqualTypeOf<Promise<TaskGroup>>()
expectTypeOf(runMain(async () => 7)).toEqualTypeOf<Promise<void>>()

// @ts-expect-error -- Promise<void> is not a function: the work has begun already
run(Promise.resolve())
// @ts-expect-error -- 'TERM' is not the name of a signal
runMain(() => {}, { signals: ['TERM'] })
// @ts-expect-error -- 'HUP' is not the name of a signal
signals('HUP')

expectTypeOf(within(signals('SIGHUP'), (received) => received)).toEqualTypeOf<Promise<ReceivedSignals>>()

/** `quit` never returns, so what follows is not reached. */
function portOf(text: string | undefined): string {
  if (text === undefined) quit(2, 'no port')
  return text
}
expectTypeOf(portOf).returns.toEqualTypeOf<string>()
