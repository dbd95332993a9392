import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CancelScope, checkpoint, sleep, TaskGroup, within } from 'withal'
import { temporaryDirectory } from 'withal/files'
import { namesColumn } from './records.ts'
import type { AddressRow, Discovery, Run } from './records.ts'
import { recording } from './recorder.ts'
import { openStore } from './store.ts'
import { linesOf, reportOf } from '../testing/checking.ts'
import { faultySite } from '../testing/faulty-site.ts'
import { postgresForTests } from '../../../test/servers/for-tests.ts'
import { hasPostgres } from '../../../test/servers/postgres-server.ts'
import type { Store } from './store.ts'

const address = (id: number, more: Partial<AddressRow> = {}): AddressRow => ({
  id,
  url: `http://a.example/${id}`,
  depth: 1,
  crawled: true,
  status: 'pending',
  reason: null,
  answer: null,
  redirect: null,
  time: null,
  names: null,
  ...more,
})

async function rowsOf(store: Store, run: Run): Promise<AddressRow[]> {
  const rows: AddressRow[] = []
  for await (const row of store.addressesOf(run)) rows.push(row)
  return rows
}

test('what was recorded is there again, brought up to date, and belongs to its run', async () => {
  await within(openStore(':memory:'), async (store) => {
    const other = await store.beginRun('other')
    const run = await store.beginRun('site')
    await within(recording(store, other), ({ record }) => record({ addresses: [address(1)], links: [] }))
    const visited = address(1, { status: 'broken', reason: '404 \ud800 \\u0000"', answer: 404, time: 1.5 })
    await within(recording(store, run), async ({ record }) => {
      await record({ addresses: [address(1), address(2)], links: [] })
      const link = { page: 2, address: 1, fragment: 'x', kind: 'a', places: '1:1' }
      await record({ addresses: [visited], links: [link, { ...link, fragment: null }] })
    })
    expect(await rowsOf(store, run)).toEqual([{ ...visited, reason: '404 \ufffd \\u0000"' }, address(2)])
    expect(await rowsOf(store, other)).toEqual([address(1)])
    expect(await store.addressesWithFragments(run)).toEqual(new Set([1]))
    expect(await store.unfinishedRun('site')).toEqual(run)
    await store.keepTime(run, 5, true)
    expect(await store.unfinishedRun('site')).toBeUndefined()
  })
})

test('a cancelled block writes everything that was recorded, in order', async () => {
  await within(temporaryDirectory(), async (folder) => {
    const place = join(folder, 'links.sqlite')
    const scope = new CancelScope()
    const run = await within(openStore(place), async (store) => {
      const begun = await store.beginRun('site')
      await within(
        scope,
        () => recording(store, begun),
        () => new TaskGroup(),
        async (_scope, { record }, group) => {
          for (let id = 1; id <= 2_000; id++) group.spawn(() => record({ addresses: [address(id)], links: [] }))
          await checkpoint()
          scope.cancel()
          await sleep(60_000)
        },
      )
      return begun
    })
    await within(openStore(place), async (store) => {
      expect((await rowsOf(store, run)).map(({ id }) => id)).toEqual(Array.from({ length: 2_000 }, (_, at) => at + 1))
    })
  })
})

test('what is found out goes into the database while the run goes on', async () => {
  await within(openStore(':memory:'), async (store) => {
    const run = await store.beginRun('site')
    await within(recording(store, run), async ({ record }) => {
      const discovery: Discovery = { addresses: [address(1)], links: [] }
      await record(discovery)
      while ((await rowsOf(store, run)).length === 0) await sleep(10)
    })
  })
})

test('names are looked up whole', async () => {
  await within(openStore(':memory:'), async (store) => {
    const { sql } = await import('withal/sqlite')
    const has = (name: string): Promise<unknown> =>
      store.db.queryValue(
        sql`select ${store.contains(sql`${namesColumn(['part', 'a b'])}`, sql`${namesColumn([name])}`)}`,
      )
    expect([await has('part'), await has('a b'), await has('par'), await has('b'), await has('Part')]).toEqual([
      1, 1, 0, 0, 0,
    ])
  })
})

describe.skipIf(!hasPostgres)('in PostgreSQL (left out where it is not installed)', () => {
  const server = postgresForTests()

  test('a site is reported exactly, also when the run was interrupted and resumed', async () => {
    const database = server().url()
    await within(faultySite(300, 5), temporaryDirectory(), async (site, folder) => {
      const start = `${site.origin}/page/0`
      const scope = new CancelScope()
      site.onRequest = () => {
        if (site.requests === 150) scope.cancel()
      }
      expect(await within(scope, () => reportOf(folder, start, { database }))).toBeUndefined()
      const { problems, addresses } = await reportOf(folder, start, { database, resume: true })
      expect(linesOf(problems, site.origin)).toEqual(linesOf(site.expected, site.origin))
      expect([addresses.pending, addresses.skipped]).toEqual([0, 2])
    })
  })

  test('texts that no database takes are kept as near as can be', async () => {
    await within(openStore(server().url()), async (store) => {
      const run = await store.beginRun('texts')
      const row = address(1, { reason: '404 \ud800 \0 \\u0000"', names: namesColumn(['ä']) })
      await within(recording(store, run), ({ record }) => record({ addresses: [row], links: [] }))
      expect(await rowsOf(store, run)).toEqual([{ ...row, reason: '404 \ufffd \ufffd \\u0000"', names: null }])
    })
  })
})
