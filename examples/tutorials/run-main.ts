/**
 * The entry point of a program: `runMain` runs an async function, cancels it on SIGINT and SIGTERM, and waits for its cleanup.
 *
 * Prints:
 *   open
 *   asked to stop: 143 is the exit code
 *   closed
 */
import { contextManager, runMain, sleep, within } from 'withal'

const resource = contextManager(async function* () {
  console.log('open')
  try {
    yield
  } finally {
    await sleep(1) // cleanup may wait
    console.log('closed')
  }
})

await runMain(() =>
  within(resource(), async () => {
    setTimeout(() => process.kill(process.pid, 'SIGTERM'), 10)
    try {
      await sleep(60_000)
    } finally {
      console.log('asked to stop: 143 is the exit code')
    }
  }),
)
process.exitCode = process.exitCode === 143 ? 0 : 1 // this example has gone well if it was stopped
