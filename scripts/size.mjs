// What the root costs a page that bundles it: minified and gzipped, whole and for the two names most people start with.
// Fails above the limits. Needs the built files.

import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const kilobyte = 1000
const bundles = [
  // The aim for the whole root was 20 kB; contexts and errors alone need that, see ARCHITECTURE.md.
  { what: 'the whole root', source: `export * from './dist/index.js'`, limit: 59.3 * kilobyte },
  {
    what: 'contexts and errors',
    source: `export * from './dist/contexts/index.js'; export * from './dist/errors/index.js'; export { diagnose } from './dist/observe.js'`,
    limit: 22.3 * kilobyte,
  },
  {
    what: 'within and contextManager',
    source: `export { within, contextManager } from './dist/index.js'`,
    // The aim is 2.5 kB; what errors that can be acted upon, shields, exit limits and steps weigh is in ARCHITECTURE.md.
    limit: 9 * kilobyte,
  },
]

let failed = 0
for (const { what, source, limit } of bundles) {
  const bytes = await bundle(source)
  const zipped = gzipSync(bytes, { level: 9 }).length
  const fits = zipped <= limit
  if (!fits) failed += 1
  console.log(
    `${fits ? 'ok    ' : 'FAILED'}  ${what}: ${inKilobytes(bytes.length)} minified, ${inKilobytes(zipped)} gzipped` +
      ` (limit ${inKilobytes(limit)})`,
  )
}
console.log(`${bundles.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

async function bundle(source) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    tsconfigRaw: {},
    write: false,
  })
  return outputFiles[0].contents
}

function inKilobytes(bytes) {
  return `${(bytes / kilobyte).toFixed(2)} kB`
}
