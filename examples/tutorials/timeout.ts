/**
 * A limit of time for a block: the work is stopped, and has stopped when control comes back.
 *
 * Prints:
 *   in time: done
 *   stopped before the error came out: true
 *   TimeoutError: The block took longer than its 20 ms. It was cancelled and has stopped.
 *   without an error: undefined
 *   a deadline can be moved: done
 */
import { moveOnAfter, sleep, timeout, within } from 'withal'

console.log(`in time: ${await within(timeout(5_000), async () => 'done')}`)

let stopped = false
try {
  await within(timeout(20), async () => {
    try {
      await sleep(60_000)
    } finally {
      stopped = true
    }
  })
} catch (error) {
  console.log(`stopped before the error came out: ${stopped}`)
  console.log(String(error))
}

console.log(`without an error: ${String(await within(moveOnAfter(20), () => sleep(60_000)))}`)

const moved = await within(timeout(20), async (scope) => {
  scope.deadline += 60_000
  await sleep(40)
  return 'done'
})
console.log(`a deadline can be moved: ${moved}`)
