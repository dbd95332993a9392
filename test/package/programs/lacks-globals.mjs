// As on Node 22 and in older browsers, where these do not exist yet.
import { smoke } from './smoke.mjs'

for (const name of ['DisposableStack', 'AsyncDisposableStack', 'SuppressedError']) delete globalThis[name]
await smoke(await import('withal'))
console.log('ok')
