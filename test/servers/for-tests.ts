/** Servers for all tests of a file. */
import { hold } from 'withal'
import type { AsyncContextManager, Handle } from 'withal'
import { afterAll, beforeAll } from 'vitest'
import { hasMariadb, mariadbServer } from './mariadb-server.ts'
import type { MariadbServer, MariadbServerOptions } from './mariadb-server.ts'
import { hasPostgres, postgresServer } from './postgres-server.ts'
import type { PostgresServer, PostgresServerOptions } from './postgres-server.ts'

/** Starts a PostgreSQL server before the tests of this file, and stops it after them. Where there can be none it does nothing. */
export function postgresForTests(options?: PostgresServerOptions): () => PostgresServer {
  return serverForTests(hasPostgres, () => postgresServer(options))
}

/** The same with a MariaDB server. */
export function mariadbForTests(options?: MariadbServerOptions): () => MariadbServer {
  return serverForTests(hasMariadb, () => mariadbServer(options))
}

function serverForTests<S>(canBe: boolean, server: () => AsyncContextManager<S>): () => S {
  let handle: Handle<S> | undefined
  beforeAll(async () => {
    if (canBe) handle = await hold(server())
  })
  afterAll(async () => await handle?.[Symbol.asyncDispose]())
  return () => {
    if (handle === undefined) throw new Error('There is no such server here.')
    return handle.value
  }
}
