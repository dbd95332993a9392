/** Servers for all tests of a file. */
import { hold } from 'withal'
import type { Handle } from 'withal'
import { afterAll, beforeAll } from 'vitest'
import { hasPostgres, postgresServer } from './postgres-server.ts'
import type { PostgresServer, PostgresServerOptions } from './postgres-server.ts'

/** Starts a PostgreSQL server before the tests of this file, and stops it after them. Where there can be none it does nothing. */
export function postgresForTests(options?: PostgresServerOptions): () => PostgresServer {
  let handle: Handle<PostgresServer> | undefined
  beforeAll(async () => {
    if (hasPostgres) handle = await hold(postgresServer(options))
  })
  afterAll(async () => await handle?.[Symbol.asyncDispose]())
  return () => {
    if (handle === undefined) throw new Error('There is no PostgreSQL server here.')
    return handle.value
  }
}
