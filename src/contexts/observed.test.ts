/** What observers hear of resources, and that hearing it changes nothing. */
import fc from 'fast-check'
import {
  AsyncExitStack,
  contextManager,
  ContextVar,
  CancelScope,
  ExitStack,
  hold,
  holdSync,
  nullContext,
  observe,
  suppress,
  TaskGroup,
  timeout,
  within,
  withinSync,
} from 'withal'
import type { Managed, Observation, ResourceMessage } from 'withal'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { anyNests, Run } from '../../test/nests.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

const heard: Observation[] = []
let stop: () => void
beforeEach(() => {
  heard.length = 0
  stop = observe((message) => heard.push(message))
})
afterEach(() => stop())

/** What was heard of resources, in words. */
function told(): string[] {
  return heard.filter(isOfResource).map((message) => {
    const outcome = message.type === 'resource-exited' ? `, ${message.outcome}` : ''
    const error = 'error' in message ? `, failed with ${String(message.error)}` : ''
    return `${message.type.slice('resource-'.length)} ${message.resource.name}${outcome}${error}`
  })
}

function isOfResource(message: Observation): message is ResourceMessage {
  return message.type.startsWith('resource-')
}

class Connection {
  async '~enterAsync'(): Promise<this> {
    return this
  }
  async '~exitAsync'(): Promise<void> {}
}

class Timer {
  '~enter'(): this {
    return this
  }
  '~exit'(): void {}
}

class Closable implements Disposable, AsyncDisposable {
  [Symbol.dispose](): void {}
  async [Symbol.asyncDispose](): Promise<void> {}
}

const asyncTransaction = contextManager(async function* asyncTx() {
  yield 'tx'
})
const syncTransaction = contextManager(function* syncTx() {
  yield 'tx'
})

describe('an observer hears that', () => {
  const forms: [string, string, () => unknown][] = [
    ['an async manager in within', 'Connection', () => within(new Connection(), () => {})],
    ['a sync manager in within', 'Timer', () => within(new Timer(), () => {})],
    ['an async generator manager in within', 'asyncTx', () => within(asyncTransaction(), () => {})],
    ['a sync generator manager in within', 'syncTx', () => within(syncTransaction(), () => {})],
    ['an async disposable in within', 'Closable', () => within(new Closable(), () => {})],
    ['a promised manager in within', 'Connection', () => within(Promise.resolve(new Connection()), () => {})],
    ['a manager in withinSync', 'Timer', () => withinSync(new Timer(), () => {})],
    ['a disposable in withinSync', 'Closable', () => withinSync(new Closable(), () => {})],
  ]
  test.for(forms)('%s was entered and exited', async ([, name, form]) => {
    await form()
    expect(told()).toEqual([`entered ${name}`, `exited ${name}, completed`])
  })

  test('several were, in order', async () => {
    await within(new Connection(), new Timer(), () => heard.push({ type: 'late-error' } as Observation))
    expect(told()).toEqual([
      'entered Connection',
      'entered Timer',
      'exited Timer, completed',
      'exited Connection, completed',
    ])
  })

  test('what a step enters was', async () => {
    const session = contextManager(async function* opened() {
      yield* within(new Connection())
      yield 'session'
    })
    await within(session(), () => {})
    expect(told()).toEqual([
      'entered Connection',
      'entered opened',
      'exited Connection, completed',
      'exited opened, completed',
    ])
  })

  test('what a stack enters was', async () => {
    await within(new AsyncExitStack(), async (stack) => void (await stack.enter(new Connection())))
    withinSync(new ExitStack(), (stack) => void stack.enter(new Timer()))
    expect(told().filter((line) => !line.includes('Stack'))).toEqual([
      'entered Connection',
      'exited Connection, completed',
      'entered Timer',
      'exited Timer, completed',
    ])
  })

  test('what is held was, once, also when its handle is given to within', async () => {
    {
      await using handle = await hold(new Connection())
      using timer = holdSync(new Timer())
      handle.complete()
      timer.fail(new Error('too slow'))
    }
    await within(hold(new Connection()), () => {})
    expect(told()).toEqual([
      'entered Connection',
      'entered Timer',
      'exited Timer, failed',
      'exited Connection, completed',
      'entered Connection',
      'exited Connection, completed',
    ])
  })

  test('a body has failed, and that an exit has', async () => {
    const failing = { name: 'file', '~enterAsync': () => 1, '~exitAsync': () => Promise.reject(new Error('disk full')) }
    await thrownBy(() => within(new Timer(), failing, () => Promise.reject(new Error('no row'))))
    thrownAtOnceBy(() => withinSync({ '~enter': () => 1, '~exit': () => { throw undefined } }, () => {})) // prettier-ignore
    expect(told()).toEqual([
      'entered Timer',
      'entered file',
      'exited file, failed, failed with Error: disk full',
      'exited Timer, failed',
      'entered Object',
      'exited Object, completed, failed with undefined',
    ])
  })
})

test('an exit is told of when it has ended', async () => {
  const order: string[] = []
  const slow = { '~enterAsync': () => 1, '~exitAsync': async () => (await Promise.resolve(), void order.push('exit')) }
  const stopHere = observe((message) => order.push(message.type))
  await within(slow, () => {})
  stopHere()
  expect(order).toEqual(['resource-entered', 'exit', 'resource-exited'])
})

test('what could not be entered is not told of', async () => {
  const refusing = { '~enterAsync': () => Promise.reject(new Error('refused')), '~exitAsync': () => {} }
  await thrownBy(() => within(refusing, () => {}))
  await thrownBy(() => within({} as Managed, () => {}))
  expect(told()).toEqual([])
})

test('what only acts on a body, and scopes, are no resources', async () => {
  const variable = new ContextVar<number>('variable')
  await within(suppress(RangeError), variable.bind(1), timeout(Infinity), new CancelScope(), () => {})
  await within(new TaskGroup(), () => {})
  {
    await using group = await hold(new TaskGroup())
    await group.value.join()
  }
  expect(told()).toEqual([])
})

test('a resource is the same object when it is exited, and another one at each entering', async () => {
  const manager = new Connection()
  await within(manager, manager, () => {})
  const [first, second, ...exited] = heard.filter(isOfResource).map(({ resource }) => resource)
  expect([exited[0] === second, exited[1] === first, first === second]).toEqual([true, true, false])
  expect(first?.manager).toBe(manager)
})

test('a resource tells the task and the scope it was entered in', async () => {
  await within(new TaskGroup(), async (group) => {
    await group.spawn(() => within(new Connection(), () => {}), { name: 'worker' }).result
  })
  const [entered] = heard.filter(isOfResource)
  expect(entered?.resource.task?.name).toBe('worker')
  expect(entered?.resource.scope).toBe(entered?.resource.task)
})

test('what was entered before somebody listened is not told of when it is exited', async () => {
  stop()
  await within(new Connection(), () => {
    stop = observe((message) => heard.push(message))
  })
  expect(told()).toEqual([])
})

test('what was entered while somebody listened is exited as ever when nobody does any more', async () => {
  const result = await within(new Connection(), () => (stop(), 'result'))
  expect([result, ...told()]).toEqual(['result', 'entered Connection'])
})

test('a random nest does the same whether somebody listens or not', async () => {
  await fc.assert(
    fc.asyncProperty(anyNests, async (nest) => {
      const happened: unknown[] = []
      for (const isObserved of [false, true]) {
        const stopHere = isObserved ? observe(() => {}) : undefined
        const run = new Run()
        const makers = run.makers(nest)
        const form = makers.length === 1 ? () => within(makers[0]!() as Managed, () => run.body(nest)) : nested
        function nested(): unknown {
          return (within as (...given: unknown[]) => unknown)(nullContext(), ...makers, () => run.body(nest))
        }
        const end = await run.end(form)
        stopHere?.()
        happened.push({ end, events: run.events, lost: run.lost() })
      }
      expect(happened[1]).toEqual(happened[0])
    }),
    { numRuns: 300 },
  )
})

test('without an observer nothing is heard, and the common path takes the turns it took', async () => {
  stop()
  const turnsOf = async (): Promise<number> => {
    const state = { settled: false, turns: 0 }
    const running = within(new Connection(), () => {}).then(() => (state.settled = true))
    for (; !state.settled; state.turns++) await Promise.resolve()
    await running
    return state.turns
  }
  const before = await turnsOf()
  const stopHere = observe(() => {})
  expect(await turnsOf()).toBeGreaterThan(0)
  stopHere()
  expect(await turnsOf()).toBe(before)
  expect(heard).toEqual([])
})
