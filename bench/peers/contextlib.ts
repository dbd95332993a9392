/**
 * The npm package `contextlib`. As published it cannot be imported by Node (its imports lack extensions, one names a
 * folder of its sources), so it is bundled here first.
 */
import { build } from 'esbuild'

/** Its protocol. */
export interface Manager<T> {
  enter(): Promise<T>
  exit(error?: unknown): Promise<unknown>
}

/** The part of it that is used here. */
export interface Contextlib {
  default<T, R>(manager: { enter(): T; exit(): void }, body: (value: T) => R): { readonly result: R }
  AsyncWith<T, R>(manager: Manager<T>, body: (value: T) => Promise<R>): Promise<{ readonly result: R }>
  asynccontextmanager<A extends unknown[], T>(
    generator: (...args: A) => AsyncGenerator<T>,
  ): Promise<(...args: A) => Promise<Manager<T>>>
  AsyncExitStack: new () => Manager<unknown> & {
    callbackAsync(callback: () => Promise<void>): Promise<unknown>
    enterAsyncContext<T>(manager: Manager<T>): Promise<T>
  }
}

export async function contextlib(): Promise<Contextlib> {
  const folder = new URL('../../node_modules/contextlib/dist/javascript/src/', import.meta.url).pathname
  const { outputFiles } = await build({
    entryPoints: [`${folder}index.js`],
    alias: { utils: `${folder}utils.js` },
    bundle: true,
    format: 'esm',
    target: 'esnext',
    tsconfigRaw: {},
    write: false,
  })
  const code = outputFiles[0]!.text // one entry point, one file
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as Contextlib // as its README has it
}
