import { Effect } from 'effect'
import { AsyncExitStack, within } from 'withal'
import type { Contestant, Row } from '../rows.ts'
import { Connection } from './connection.ts'

const size = 10
const goal = { ratio: 1.2 }

/** Ten disposables that are there already. */
export const stackOfDisposables: Row = {
  name: 'stack of 10: disposables by `use`',
  contestants: async () => [byHand(), withal(), withalWithin(), nativeStack(), effect()],
}

/** All are closed, whatever becomes of the others. */
function byHand(): Contestant {
  const connection = new Connection()
  const operation = async (): Promise<number> => {
    const closers: Connection[] = []
    let failure: { readonly error: unknown } | undefined
    let result = 0
    try {
      for (let i = 0; i < size; i++) closers.push(connection.opened())
      result = connection.openings / size
    } catch (error) {
      failure = { error }
    }
    for (let i = closers.length - 1; i >= 0; i--) {
      try {
        await closers[i]![Symbol.asyncDispose]()
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
      for (let i = 0; i < size; i++) stack.use(connection.opened())
      return connection.openings / size
    } finally {
      await stack.close()
    }
  }
  return { name: 'AsyncExitStack.use', role: 'library', operation, goal }
}

function withalWithin(): Contestant {
  const connection = new Connection()
  const operation = (): Promise<number> =>
    within(new AsyncExitStack(), (stack) => {
      for (let i = 0; i < size; i++) stack.use(connection.opened())
      return connection.openings / size
    })
  return { name: 'AsyncExitStack.use in `within`', role: 'library', operation, goal }
}

function nativeStack(): Contestant {
  const connection = new Connection()
  const operation = async (): Promise<number> => {
    const stack = new AsyncDisposableStack()
    try {
      for (let i = 0; i < size; i++) stack.use(connection.opened())
      return connection.openings / size
    } finally {
      await stack.disposeAsync()
    }
  }
  return { name: 'AsyncDisposableStack.use', role: 'peer', operation }
}

function effect(): Contestant {
  const connection = new Connection()
  const operation = (): Promise<number> =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          for (let i = 0; i < size; i++) yield* Effect.acquireDisposable(Effect.sync(() => connection.opened()))
          return connection.openings / size
        }),
      ),
    )
  return { name: 'Effect.acquireDisposable', role: 'peer', operation }
}
