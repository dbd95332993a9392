import { Effect } from 'effect'
import { ensure, run, until } from 'effection'
import { AsyncExitStack, within } from 'withal'
import { contextlib } from '../peers/contextlib.ts'
import type { Contestant, Row } from '../rows.ts'
import { Connection } from './connection.ts'

const size = 10
const goal = { ratio: 1.2 }

/** Ten callbacks. */
export const stackOfCallbacks: Row = {
  name: 'stack of 10: callbacks by `defer`',
  contestants: async () => [
    byHand(),
    withal(),
    withalWithin(),
    nativeStack(),
    await contextlibStack(),
    effect(),
    effection(),
  ],
}

/** All are closed, whatever becomes of the others. */
function byHand(): Contestant {
  const connection = new Connection()
  const operation = async (): Promise<number> => {
    const closers: (() => Promise<void>)[] = []
    let failure: { readonly error: unknown } | undefined
    let result = 0
    try {
      for (let i = 0; i < size; i++) {
        const opened = connection.opened()
        closers.push(() => opened.close())
      }
      result = connection.openings / size
    } catch (error) {
      failure = { error }
    }
    for (let i = closers.length - 1; i >= 0; i--) {
      try {
        await closers[i]!()
      } catch (error) {
        failure = { error }
      }
    }
    if (failure !== undefined) throw failure.error
    return result
  }
  return { name: 'array of closers', role: 'limit', operation }
}

function withal(): Contestant {
  const connection = new Connection()
  const operation = async (): Promise<number> => {
    const stack = new AsyncExitStack()
    try {
      for (let i = 0; i < size; i++) {
        const opened = connection.opened()
        stack.defer(() => opened.close())
      }
      return connection.openings / size
    } finally {
      await stack.close()
    }
  }
  return { name: 'AsyncExitStack.defer', role: 'library', operation, goal }
}

function withalWithin(): Contestant {
  const connection = new Connection()
  const operation = (): Promise<number> =>
    within(new AsyncExitStack(), (stack) => {
      for (let i = 0; i < size; i++) {
        const opened = connection.opened()
        stack.defer(() => opened.close())
      }
      return connection.openings / size
    })
  return { name: 'AsyncExitStack.defer in `within`', role: 'library', operation, goal }
}

function nativeStack(): Contestant {
  const connection = new Connection()
  const operation = async (): Promise<number> => {
    const stack = new AsyncDisposableStack()
    try {
      for (let i = 0; i < size; i++) {
        const opened = connection.opened()
        stack.defer(() => opened.close())
      }
      return connection.openings / size
    } finally {
      await stack.disposeAsync()
    }
  }
  return { name: 'AsyncDisposableStack.defer', role: 'peer', operation }
}

async function contextlibStack(): Promise<Contestant> {
  const Stack = (await contextlib()).AsyncExitStack
  const connection = new Connection()
  const operation = async (): Promise<number> => {
    const stack = new Stack()
    try {
      for (let i = 0; i < size; i++) {
        const opened = connection.opened()
        await stack.callbackAsync(() => opened.close())
      }
      return connection.openings / size
    } finally {
      await stack.exit()
    }
  }
  return { name: 'contextlib AsyncExitStack', role: 'peer', operation }
}

function effect(): Contestant {
  const connection = new Connection()
  const operation = (): Promise<number> =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          for (let i = 0; i < size; i++) {
            const opened = connection.opened()
            yield* Effect.addFinalizer(() => Effect.promise(() => opened.close()))
          }
          return connection.openings / size
        }),
      ),
    )
  return { name: 'Effect.addFinalizer', role: 'peer', operation }
}

function effection(): Contestant {
  const connection = new Connection()
  const operation = async (): Promise<number> =>
    await run(function* () {
      for (let i = 0; i < size; i++) {
        const opened = connection.opened()
        yield* ensure(() => until(opened.close()))
      }
      return connection.openings / size
    })
  return { name: 'Effection ensure', role: 'peer', operation }
}
