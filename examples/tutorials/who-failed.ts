/**
 * An error says in which task it came up; with diagnostics on, it is known where that task was started, and where it waited
 * when it was cancelled. What happens can be listened to, for an audit log, say.
 *
 * Prints:
 *   readConfig failed: no such file
 *   it was started in startAll
 *   the listener was stopped while it waited in listen
 *   audit: readConfig started, listener started, readConfig failed, listener cancelled
 *   what runs, as a tree:
 *   group "server": open
 *   │  entered at main
 *   └─ task "listener": running
 *         spawned at server
 *         waits at listen
 */
import { diagnose, formatTaskTree, leaves, observe, sleep, TaskGroup, taskOf, within } from 'withal'

const audit: string[] = []
const startedAt = new Map<object, string>()
const stopDiagnosing = diagnose(() => {})
const stopObserving = observe((message) => {
  if (message.type === 'task-started') {
    startedAt.set(message.task, message.openedAt ?? 'somewhere')
    audit.push(`${message.task.name} started`)
  }
  if (message.type === 'task-ended') audit.push(`${message.task.name} ${message.status}`)
})

async function readConfig(): Promise<never> {
  await sleep(1)
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
}

let stopped = new Error('nothing has stopped it')
async function listen(): Promise<void> {
  try {
    await sleep(60_000)
  } catch (cancelled) {
    stopped = cancelled as Error // a wait throws nothing else
    throw cancelled
  }
}

function startAll(group: TaskGroup): void {
  group.spawn(readConfig)
  group.spawn(listen, { name: 'listener' })
}

/** The function that the first line of a stack names. */
const functionIn = (stack = ''): string => /^\s+at (?:async )?(\w+)/m.exec(stack)?.[1] ?? 'nobody knows where'

try {
  await within(new TaskGroup(), startAll)
} catch (error) {
  const [failure] = leaves(error) as [Error] // one child has failed
  const task = taskOf(failure)
  console.log(`${task?.name} failed: ${failure.message}`)
  console.log(`it was started in ${functionIn(startedAt.get(task ?? {}))}`)
  console.log(`the listener was stopped while it waited in ${functionIn(stopped.stack)}`)
}
console.log(`audit: ${audit.join(', ')}`)

async function server(group: TaskGroup): Promise<void> {
  group.spawn(listen, { name: 'listener', background: true })
  await sleep(1)
  console.log('what runs, as a tree:')
  console.log(formatTaskTree().replaceAll(/ \(.*\)/g, '')) // without files and lines
}
async function main(): Promise<void> {
  await within(new TaskGroup({ name: 'server' }), server)
}
await main()
stopObserving()
stopDiagnosing()
