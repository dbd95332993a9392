/** `copy`: many rows in one go, as text or bytes, from a source or to a loop. */
import type { Cursor, CursorOptions, Execution, Queryable, StatementOptions } from '../database/types.ts'
import { CopySource } from './copy-in.ts'
import type { CopyChunks } from './copy-in.ts'

/**
 * Runs `copy … from stdin` with what a source gives, which is read no faster than the server takes it. It is one statement: when the
 * source fails, the server refuses a row, or the scope is cancelled, none of it is there.
 *
 * @param target     A database, a connection or a transaction of PostgreSQL.
 * @param source     Text or bytes, in pieces of any size: lines, a file, the body of a request.
 * @returns          How many rows there were.
 * @throws           What the source throws.
 * @throws StatementError    The server refused it.
 * @throws UnsupportedError  An embedded database cannot do this.
 * @example
 * ```ts no-check: it needs a server
 * await copyFrom(db, 'copy product from stdin with (format csv)', createReadStream('products.csv'))
 * ```
 */
export async function copyFrom(
  target: Queryable,
  statement: string,
  source: CopyChunks,
  options?: StatementOptions,
): Promise<Execution> {
  return await target.execute(statement, [new CopySource(source)], options)
}

/**
 * Runs `copy … to stdout`, and gives what the server sends piece by piece, no faster than it is read. Leaving the loop stops it.
 *
 * @param target  A database, a connection or a transaction of PostgreSQL. Nothing else runs on its connection meanwhile.
 * @example
 * ```ts no-check: it needs a server
 * await pipeline(copyTo(db, 'copy product to stdout with (format csv)'), createWriteStream('products.csv'))
 * ```
 */
export function copyTo(target: Queryable, statement: string, options?: CursorOptions): Cursor<Buffer> {
  return target.cursor<Buffer>(statement, [], options)
}
