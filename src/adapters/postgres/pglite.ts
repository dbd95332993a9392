/** The part of the package `@electric-sql/pglite` that is used here, and how it is loaded. */
import { MissingDriverError } from '../database/errors.ts'
import type { Notification } from './listening.ts'
import type { PgField, PgNotice } from './pg.ts'

/** The module. */
export interface PgliteModule {
  readonly PGlite: { create(options: { readonly dataDir?: string | undefined }): Promise<Pglite> }
  readonly protocol: { readonly serialize: Serialize }
}

/** A database in the program. */
export interface Pglite {
  execProtocol(
    message: Uint8Array,
    options: { readonly throwOnError: boolean },
  ): Promise<{ readonly messages: readonly PgliteMessage[] }>
  close(): Promise<void>
}

/** Writes messages of the protocol. */
export interface Serialize {
  query(text: string): Uint8Array
  parse(statement: { readonly name?: string | undefined; readonly text: string }): Uint8Array
  bind(values: object): Uint8Array
  describe(what: object): Uint8Array
  execute(what: object): Uint8Array
  close(what: object): Uint8Array
  sync(): Uint8Array
}

/** A message of the server. */
export type PgliteMessage =
  | { readonly name: 'rowDescription'; readonly fields: readonly PgField[] }
  | { readonly name: 'dataRow'; readonly fields: readonly (string | null)[] }
  | { readonly name: 'commandComplete'; readonly text: string }
  | { readonly name: 'copyData'; readonly chunk: Uint8Array }
  | { readonly name: 'readyForQuery'; readonly status: string }
  | ({ readonly name: 'notification' } & Notification)
  | (Error & { readonly name: 'error' })
  | ({ readonly name: 'notice' } & PgNotice)
  | { readonly name: 'parseComplete' | 'portalSuspended' | 'emptyQuery' | 'copyInResponse' | 'other' }

/** @throws MissingDriverError  It is not installed. */
export async function loadPglite(): Promise<PgliteModule> {
  try {
    return (await import('@electric-sql/pglite')) as unknown as PgliteModule // the part of it that is described above
  } catch (error) {
    throw new MissingDriverError(
      'The package `@electric-sql/pglite`, the embedded PostgreSQL, is not installed. Run `npm install @electric-sql/pglite`; ' +
        "or give the address of a server, 'postgresql://…'.",
      { cause: error },
    )
  }
}
