/**
 * The native forms, as functions of what is disposed. This file is run as it stands (native `using`), and compiled to
 * ES2022 by TypeScript (lowered `using`, what most people run): see {@link usingForms}.
 */
import type { Connection, SyncConnection } from '../contexts/connection.ts'

export async function awaitUsing(connection: Connection): Promise<number> {
  await using opened = await connection.open()
  return await opened.query()
}

export async function awaitUsingThree(a: Connection, b: Connection, c: Connection): Promise<number> {
  await using first = await a.open()
  await using second = await b.open()
  await using third = await c.open()
  return (await first.query()) * (await second.query()) * (await third.query())
}

export function usingSync(connection: SyncConnection): number {
  using opened = connection.open()
  return opened.query()
}

export async function awaitUsingGenerator<T>(
  opened: () => AsyncGenerator<T>,
  body: (value: T) => Promise<number>,
): Promise<number> {
  await using generator = opened()
  const { value } = (await generator.next()) as IteratorYieldResult<T> // it yields once
  return await body(value)
}

export async function awaitUsingHandle(
  hold: () => Promise<AsyncDisposable & { readonly value: Connection }>,
): Promise<number> {
  await using handle = await hold()
  return await handle.value.query()
}
