/** Loads `using.ts` twice: as it stands, and as TypeScript lowers it. */
import { readFileSync } from 'node:fs'
import ts from 'typescript-5.9'

type Forms = typeof import('./using.ts')

/** The functions of `using.ts` with native syntax. */
export async function nativeUsing(): Promise<Forms> {
  return await import('./using.ts')
}

/** The same compiled to ES2022. */
export async function loweredUsing(): Promise<Forms> {
  const source = readFileSync(new URL('using.ts', import.meta.url), 'utf8')
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  })
  return (await import(`data:text/javascript,${encodeURIComponent(outputText)}`)) as Forms // the same source
}
