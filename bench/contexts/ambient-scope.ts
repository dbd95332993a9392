import { within } from 'withal'
import type { Contestant, Row } from '../rows.ts'
import { Connection } from './connection.ts'

// The public scopes are the tasks' area. What `within` meets of them are the compiled frame and scope, taken from dist.
const built = new URL('../../dist/', import.meta.url)
const { runInFrame } = (await import(new URL('frame.js', built).href)) as typeof import('../../src/frame.ts') // its sources
const { ScopeNode } = (await import(new URL('scope.js', built).href)) as typeof import('../../src/scope.ts') // its sources

/** The same async manager inside an ambient scope: its exit is shielded. */
export const ambientScope: Row = {
  name: 'one async manager inside an ambient scope',
  contestants: () => [
    byHand(),
    { name: 'within, outside any scope', role: 'library', operation: withal() },
    {
      name: 'within, inside a scope',
      role: 'library',
      operation: withal(),
      around: inScope,
      goal: { nanosecondsMore: 130, than: 'within, outside any scope' },
    },
  ],
}

function inScope<R>(batch: () => R): R {
  return runInFrame({ scope: new ScopeNode(undefined), task: undefined, bindings: undefined }, batch)
}

function byHand(): Contestant {
  const connection = new Connection()
  const operation = async (): Promise<number> => {
    const opened = await connection.open()
    try {
      return await opened.query()
    } finally {
      await opened.close()
    }
  }
  return { name: 'try/finally inside the scope', role: 'limit', operation, around: inScope }
}

function withal(): () => Promise<number> {
  const connection = new Connection()
  return () => within(connection, (opened) => opened.query())
}
