/**
 * What may be called where: `await` inside an async function, `run` and `runMain` to start a program, `spawn` to start a task. And
 * what a wrong call says.
 *
 * Prints:
 *   awaited: 1
 *   run from a callback that cannot wait: 2
 *   run got a promise: `run` got a promise, whose work has begun already. Give the function itself: `run(async (group) => …)`.
 *   spawn got a promise: `spawn` got a promise, whose work has begun already: give a function that starts it, or use `adopt`.
 *   runMain inside runMain: `runMain` was called while a program of `runMain` is running in this thread. Inside it, use `run`.
 *   a body that has to be awaited: The body given to `withinSync` returned a promise, so its work goes on after the exits have run. Use `within`, or do not return a promise.
 *   quit outside of a program: `quit` was called where no program is running. Call it inside `run` or `runMain`; a callback keeps the frame by `bind(fn)`.
 *   a forgotten await: WITHAL_NOT_AWAITED
 */
import { diagnose, nullContext, quit, run, runMain, sleep, TaskGroup, within, withinSync } from 'withal'

async function work(result: number): Promise<number> {
  await sleep(1)
  return result
}

/** Prints what a wrong call says. The casts below are what a compiler would have refused. */
async function wrong(what: string, call: () => unknown): Promise<void> {
  try {
    await call()
    console.log(`${what}: nothing`)
  } catch (error) {
    console.log(`${what}: ${(error as Error).message}`)
  }
}

console.log(`awaited: ${await work(1)}`)

await new Promise<void>((resolve) => {
  // A callback of somebody else cannot wait; it may start a program, and say what is to happen with the result.
  setTimeout(() => {
    run(() => work(2)).then(
      (result) => (console.log(`run from a callback that cannot wait: ${result}`), resolve()),
      (error: unknown) => (console.error(error), resolve()),
    )
  }, 1)
})

await wrong('run got a promise', () => run(work(3) as never))
await within(new TaskGroup(), (group) => wrong('spawn got a promise', () => group.spawn(work(4) as never)))
await runMain(() => wrong('runMain inside runMain', () => runMain(() => work(5))))
await wrong('a body that has to be awaited', () => withinSync(nullContext(), (() => work(6)) as () => never))
await wrong('quit outside of a program', () => quit(1))

const stop = diagnose(({ code }) => console.log(`a forgotten await: ${code}`))
await within(new TaskGroup(), (group) => {
  group.spawn(async () => {
    sleep(1).catch(() => {}) // nobody waits for it
  })
})
stop()
