/**
 * Writes into the database what is found out, as it comes: what has come within a moment goes in together, in one transaction. Whoever records
 * waits while the database is behind. Leaving the block, in whatever way, writes what is left: what has been found out is not lost.
 */
import { channel, contextManager, ensure, moveOnAfter, shield, suppress, ClosedError, TaskGroup, within } from 'withal'
import type { Receiver } from 'withal'
import type { Discovery, Run } from './records.ts'
import type { Store } from './store.ts'

/** Milliseconds for which discoveries are gathered; so long is what can be lost when the process is killed. */
const gatherFor = 100
/** How many visits are written together at most. */
const mostTogether = 200

/** See above. */
export interface Recorder {
  /** Gives a discovery to be written. It is accepted at once, in order; the promise says when there is room for more. */
  record(discovery: Discovery): Promise<void>
}

/** See above. */
export const recording = contextManager(async function* recorder(store: Store, run: Run) {
  const [sender, receiver] = channel<Discovery>(mostTogether)
  const group = yield* within(new TaskGroup({ name: 'recorder', background: true }))
  // The receiver belongs to the writer: when it fails, nobody waits for it any more.
  const writing = group.spawn(() => within(receiver, () => write(store, run, receiver)), { name: 'writer' })
  yield* within(
    ensure(async () => {
      sender.close()
      await writing.result
    }),
  )
  // Shielded, since later discoveries stand on earlier ones: none of them may be left out.
  const given: Recorder = { record: (discovery) => shield(() => sender.send(discovery)) }
  yield given
})

async function write(store: Store, run: Run, receiver: Receiver<Discovery>): Promise<void> {
  for await (const first of receiver) {
    const discoveries = [first, ...(await gather(receiver))]
    await within(store.db.transaction(), (tx) => store.save(tx, run, discoveries))
  }
}

async function gather(receiver: Receiver<Discovery>): Promise<Discovery[]> {
  const gathered: Discovery[] = []
  await within(moveOnAfter(gatherFor), suppress(ClosedError), async () => {
    while (gathered.length < mostTogether) gathered.push(await receiver.receive())
  })
  return gathered
}
