/** Servers that do everything wrong stop nothing, and are named. */
import { expect, test } from 'vitest'
import { within } from 'withal'
import { temporaryDirectory } from 'withal/files'
import { linesOf, reportOf } from '../testing/checking.ts'
import { hostilePaths, hostileServer } from '../testing/hostile-server.ts'

test('a server that stalls, resets, sends garbage and redirects for ever is reported, and stops nothing', async () => {
  await within(hostileServer(), temporaryDirectory(), async (origin, folder) => {
    const { problems, addresses } = await reportOf(folder, `${origin}/`, {
      timeout: 3_000,
      retries: 0,
      maxSize: 100_000,
    })
    const reasons: Record<string, string> = {
      '/stalls': 'broken: no answer in time',
      '/stalls-in-body': 'broken: no answer in time',
      '/resets': 'broken: the connection was lost',
      '/resets-in-body': 'broken: the connection was lost',
      '/garbage': 'broken: what came back is no HTTP',
      '/no-gzip': 'broken: the content cannot be decompressed',
      '/redirects-for-ever':
        'broken: redirects in a circle: /redirects-for-ever → /redirects-for-ever?x → /redirects-for-ever?x',
      '/redirects-nowhere': 'broken: redirects to http://, which is no valid URL',
      '/redirects-to-mail': 'broken: redirects to mailto:x, which cannot be checked',
      '/busy-till-tomorrow': 'unchecked: 429 Too Many Requests, to be asked again in 86400 s',
      '/busy-for-ever': 'unchecked: the server wants to be asked later',
      '/large-head': 'broken: what came back is no HTTP',
    }
    const expected = hostilePaths.flatMap((path, index) => {
      const reason = reasons[path]
      return reason === undefined ? [] : [`/:${index + 1} a ${path} ${reason}`]
    })
    expect(linesOf(problems, origin)).toEqual(expected.toSorted())
    expect([addresses.ok, addresses.pending]).toEqual([3, 0]) // the page itself, the endless one, and the one that is well
  })
})
