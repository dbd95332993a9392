/**
 * A task group starts several tasks and waits for all. When one fails, the others are cancelled, and clean up.
 *
 * Prints:
 *   results: 1, 2
 *   stopped: listener, keeper
 *   the group failed with: connection lost
 */
import { shield, sleep, TaskGroup, within } from 'withal'
import type { ErrorGroup } from 'withal'

const results = await within(new TaskGroup(), async (group) => {
  const one = group.spawn(async () => 1)
  const two = group.spawn(async () => {
    await sleep(10)
    return 2
  })
  return [await one.result, await two.result]
})
console.log(`results: ${results.join(', ')}`)

const stopped: string[] = []
async function serve(name: string): Promise<void> {
  try {
    await sleep(60_000)
  } finally {
    await shield(() => sleep(1)) // a wait in cleanup is shielded, or it would be refused
    stopped.push(name)
  }
}

await within(new TaskGroup(), (group) => {
  group.spawn(() => serve('listener'))
  group.spawn(() => serve('keeper'))
  group.spawn(async () => {
    await sleep(10)
    throw new Error('connection lost')
  })
}).catch((error: ErrorGroup<Error>) => {
  console.log(`stopped: ${stopped.join(', ')}`)
  console.log(`the group failed with: ${error.errors.map(({ message }) => message).join(', ')}`)
})
