/**
 * Running where something runs already. A module and a prompt may `await` at their top; `run` inside `run` is a scope in the
 * outer one; and a `Runner` keeps its context from one input of a prompt to the next.
 *
 * Prints:
 *   at the top of a module: 1
 *   run inside run: 2
 *   the outer one has cancelled the inner one: stopped
 *   > await run(async () => 20 + 1)
 *   21
 *   > await runner.run(() => user.get())
 *   'somebody'
 */
import { start } from 'node:repl'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { ContextVar, moveOnAfter, run, Runner, sleep, within } from 'withal'

console.log(`at the top of a module: ${await run(async () => 1)}`)
console.log(`run inside run: ${await run(() => run(async () => 2))}`)

await within(moveOnAfter(20), () =>
  run(() =>
    run(async () => {
      await sleep(60_000).finally(() => console.log('the outer one has cancelled the inner one: stopped'))
    }),
  ),
)

// A prompt, as `node` has it, that is typed into.
const user = new ContextVar<string>('user')
await within(
  user.bind('somebody'),
  () => new Runner(),
  async (_user, runner) => {
    const [input, output] = [new PassThrough(), new PassThrough()]
    const prompt = start({ prompt: '', input, output, terminal: false })
    Object.assign(prompt.context, { run, runner, user })
    for (const line of ['await run(async () => 20 + 1)', 'await runner.run(() => user.get())']) {
      console.log(`> ${line}`)
      const answer = new Promise<string>((resolve) => {
        output.once('data', (data) => resolve(String(data).trim()))
      })
      input.write(`${line}\n`)
      console.log(await answer)
    }
    prompt.close()
    output.end()
    await text(output)
  },
)
