import { Effect } from 'effect'
import { AsyncExitStack, within } from 'withal'
import { contextlib } from '../peers/contextlib.ts'
import type { Contestant, Row } from '../rows.ts'
import { Connection } from './connection.ts'

const size = 10
const goal = { ratio: 1.2 }

/** Ten asynchronous managers, entered one after another. */
export const stackOfManagers: Row = {
  name: 'stack of 10: async managers by `enter`',
  contestants: async () => [byHand(), withal(), withalWithin(), nativeStack(), await contextlibStack(), effect()],
}

/** All are closed, whatever becomes of the others. */
function byHand(): Contestant {
  const connection = new Connection()
  const operation = async (): Promise<number> => {
    const closers: Connection[] = []
    let failure: { readonly error: unknown } | undefined
    let result = 0
    try {
      for (let i = 0; i < size; i++) closers.push(await connection.open())
      result = connection.openings / size
    } catch (error) {
      failure = { error }
    }
    for (let i = closers.length - 1; i >= 0; i--) {
      try {
        await closers[i]!.close()
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
      for (let i = 0; i < size; i++) await stack.enter(connection)
      return connection.openings / size
    } finally {
      await stack.close()
    }
  }
  return { name: 'AsyncExitStack.enter', role: 'library', operation, goal }
}

function withalWithin(): Contestant {
  const connection = new Connection()
  const operation = (): Promise<number> =>
    within(new AsyncExitStack(), async (stack) => {
      for (let i = 0; i < size; i++) await stack.enter(connection)
      return connection.openings / size
    })
  return { name: 'AsyncExitStack.enter in `within`', role: 'library', operation, goal }
}

function nativeStack(): Contestant {
  const connection = new Connection()
  const operation = async (): Promise<number> => {
    const stack = new AsyncDisposableStack()
    try {
      for (let i = 0; i < size; i++) stack.use(await connection.open())
      return connection.openings / size
    } finally {
      await stack.disposeAsync()
    }
  }
  return { name: 'AsyncDisposableStack.use', role: 'peer', operation }
}

async function contextlibStack(): Promise<Contestant> {
  const Stack = (await contextlib()).AsyncExitStack
  const connection = new Connection()
  const operation = async (): Promise<number> => {
    const stack = new Stack()
    try {
      for (let i = 0; i < size; i++) await stack.enterAsyncContext(connection)
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
            yield* Effect.acquireRelease(
              Effect.promise(() => connection.open()),
              (opened) => Effect.promise(() => opened.close()),
            )
          }
          return connection.openings / size
        }),
      ),
    )
  return { name: 'Effect.acquireRelease', role: 'peer', operation }
}
