import { expectTypeOf } from 'expect-type'
import { captureContext, Runner, TaskGroup, TaskSlots } from 'withal'
import type { Context, Task } from 'withal'

declare const group: TaskGroup

// Slots say what their tasks give; those that say nothing take any.
const pollers = new TaskSlots<number>(group)
expectTypeOf(pollers.spawn('one', async () => 1)).toEqualTypeOf<Task<number>>()
expectTypeOf(pollers.get('one')).toEqualTypeOf<Task<number> | undefined>()
expectTypeOf(new TaskSlots(group).spawn('one', () => 'text')).toEqualTypeOf<Task<unknown>>()
// @ts-expect-error -- since the running one may be given in its place, all give the same
pollers.spawn('one', () => 'text')
// @ts-expect-error -- a way that there is not
pollers.spawn('one', () => 1, { ifRunning: 'later' })

// A context is passed along, and gives what its work gives.
expectTypeOf(captureContext()).toEqualTypeOf<Context>()
expectTypeOf(captureContext().run(() => 1)).toEqualTypeOf<number>()
group.spawn(() => 1, { context: captureContext() })
expectTypeOf(new Runner({ context: captureContext() })).toEqualTypeOf<Runner>()
// @ts-expect-error -- a scope is none
group.spawn(() => 1, { context: group })

// A runner gives what the function gives.
expectTypeOf(new Runner().run(async (root) => root.size)).toEqualTypeOf<Promise<number>>()
