import { expectTypeOf } from 'expect-type'
import { hold, TaskGroup, within } from 'withal'
import type { Handle, Task } from 'withal'

declare const promise: Promise<number>
declare const group: TaskGroup

// A task knows what its function gives, whether it waits or not.
expectTypeOf(group.spawn(() => 1)).toEqualTypeOf<Task<number>>()
expectTypeOf(group.spawn(async () => 'text')).toEqualTypeOf<Task<string>>()
expectTypeOf(group.spawn(async (signal) => signal.aborted)).toEqualTypeOf<Task<boolean>>()
expectTypeOf(group.spawn(() => {}).result).toEqualTypeOf<Promise<void>>()
expectTypeOf(group.adopt(promise)).toEqualTypeOf<Task<number>>()

// A group gives itself and swallows nothing: the body's value is the result.
expectTypeOf(within(new TaskGroup(), (entered) => entered.spawn(() => 1).result)).toEqualTypeOf<Promise<number>>()
expectTypeOf(hold(new TaskGroup())).toEqualTypeOf<Promise<Handle<TaskGroup>>>()

// `start` gives what the child says; a child that has nothing to say just calls `started`.
expectTypeOf(group.start((started: (port: number) => void) => started(8080))).toEqualTypeOf<Promise<number>>()
expectTypeOf(group.start<number>((started, signal) => started(signal.aborted ? 0 : 1))).toEqualTypeOf<Promise<number>>()
expectTypeOf(group.start((started) => started())).toEqualTypeOf<Promise<void>>()
expectTypeOf(group.start((started: () => void) => started())).toEqualTypeOf<Promise<void>>()

// A running promise is refused: its work has begun already, and could not be cancelled.
// @ts-expect-error -- Argument of type 'Promise<number>' is not assignable to parameter of type 'TaskFunction<…>'
group.spawn(promise)
// @ts-expect-error -- the same for `start`
group.start(promise)
// @ts-expect-error -- and a function is no promise
group.adopt(() => promise)
// @ts-expect-error -- nor is a task a function
group.spawn(group.spawn(() => 1))
// @ts-expect-error -- a function that needs more than the signal
group.spawn((_signal: AbortSignal, _more: number) => 1)

// A task is not thenable: awaiting it gives the task.
const task = group.spawn(async () => 1)
expectTypeOf<Awaited<typeof task>>().toEqualTypeOf<Task<number>>()
expectTypeOf(task).not.toHaveProperty('then')
// @ts-expect-error -- so it is no promise either: `result` is
Promise.resolve(1).then(() => task.then(() => 1))
// @ts-expect-error -- what it is called is not to be changed
task.name = 'other'

// @ts-expect-error -- options that there are not
export const misspelt = new TaskGroup({ concurrency: 3 })
// @ts-expect-error -- nor words
export const unknownWord = new TaskGroup({ errors: 'all' })
