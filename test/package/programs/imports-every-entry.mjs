// Imports everything that can be imported from the package.

import { readFile } from 'node:fs/promises'

const url = new URL('node_modules/withal/package.json', import.meta.url)
const { name, exports } = JSON.parse(await readFile(url, 'utf8'))
for (const [subpath, target] of Object.entries(exports)) {
  if (typeof target === 'string') continue
  const entry = await import(name + subpath.slice(1))
  if (Object.keys(entry).length === 0) throw new Error(`${name + subpath.slice(1)} exports nothing`)
}
console.log('ok')
