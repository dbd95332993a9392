/**
 * The database of the link checker: one SQLite file, or a PostgreSQL server. Rows go in and out as JSON, one parameter for a whole batch, since
 * that is the same for both, and fast in both.
 */
import { contextManager, within } from 'withal'
import type { Database, Sql, Transaction } from 'withal/postgres'
import { sql, sqlite } from 'withal/sqlite'
import type { AddressRow, Discovery, Run } from './records.ts'

const schema: readonly Sql[] = [
  sql`create table if not exists linkcheck_run (
    id integer primary key, target text not null, started bigint not null, elapsed bigint not null, finished integer not null)`,
  sql`create table if not exists linkcheck_address (
    run integer not null, id integer not null, url text not null, depth integer not null, crawled integer not null,
    status text not null, reason text, answer integer, redirect integer, time real, names text,
    primary key (run, id))`,
  sql`create table if not exists linkcheck_link (
    run integer not null, page integer not null, address integer not null, fragment text, kind text not null, places text not null)`,
  sql`create index if not exists linkcheck_link_run on linkcheck_link (run)`,
]

/** Opens the database at a path or URL, and makes what is missing in it. */
export const openStore = contextManager(async function* store(place: string) {
  const isPostgres = /^postgres(?:ql)?:/i.test(place)
  // The driver is loaded only by those who want it: it need not be installed.
  const db: Database = yield* within(isPostgres ? (await import('withal/postgres')).postgres(place) : sqlite(place))
  for (const statement of schema) await db.execute(statement)
  yield new Store(db, isPostgres)
})

/** See above. */
export class Store {
  readonly db: Database
  readonly #isPostgres: boolean

  constructor(db: Database, isPostgres: boolean) {
    this.db = db
    this.#isPostgres = isPostgres
  }

  /** Makes a new run. */
  async beginRun(target: string): Promise<Run> {
    const started = Date.now()
    return await within(this.db.transaction({ isolation: 'serializable' }), async (tx) => {
      const id = await tx.queryValue<number>`select coalesce(max(id), 0) + 1 from linkcheck_run`
      await tx.execute`insert into linkcheck_run (id, target, started, elapsed, finished) values (${id}, ${target}, ${started}, 0, 0)`
      return { id, target, started, elapsed: 0, finished: false }
    })
  }

  /** The last run with this target that has not come to its end. */
  async unfinishedRun(target: string): Promise<Run | undefined> {
    const [row] = await this.db.query<Record<keyof Run, number | string>>`
      select id, target, started, elapsed, finished from linkcheck_run
      where target = ${target} and finished = 0 order by id desc limit 1`
    if (row === undefined) return undefined
    return { id: Number(row.id), target, started: Number(row.started), elapsed: Number(row.elapsed), finished: false }
  }

  /** Keeps how long a run has taken until now, and whether it is over. */
  async keepTime({ id }: Run, elapsed: number, finished: boolean): Promise<void> {
    await this.db.execute`
      update linkcheck_run set elapsed = ${Math.round(elapsed)}, finished = ${finished ? 1 : 0} where id = ${id}`
  }

  /** Everything that a run knows of, in the order of discovery; without the names, which need not be known to go on. */
  async *addressesOf({ id }: Run): AsyncGenerator<AddressRow> {
    const rows = this.db.cursor<Omit<AddressRow, 'crawled'> & { readonly crawled: number }>(
      sql`select id, url, depth, crawled, status, reason, answer, redirect, time, null as names
          from linkcheck_address where run = ${id} order by id`,
      { batchSize: 1_000 },
    )
    for await (const row of rows) yield { ...row, crawled: row.crawled === 1 }
  }

  /** Those of a run whose fragments somebody wants to know. */
  async addressesWithFragments({ id }: Run): Promise<Set<number>> {
    const rows = await this.db.query<{ address: number }>`
      select distinct address from linkcheck_link where run = ${id} and fragment is not null`
    return new Set(rows.map(({ address }) => address))
  }

  /** Writes what was found out. An address that is there already is brought up to date. */
  async save(tx: Transaction, { id }: Run, discoveries: readonly Discovery[]): Promise<void> {
    const addresses = new Map<number, AddressRow>()
    const links: unknown[][] = []
    for (const discovery of discoveries) {
      for (const row of discovery.addresses) addresses.set(row.id, row) // the last one counts
      for (const { page, address, fragment, kind, places } of discovery.links) {
        links.push([page, address, fragment, kind, places])
      }
    }
    if (addresses.size > 0) await tx.execute(this.#upsert(id, [...addresses.values()]))
    if (links.length > 0) await tx.execute(this.#insertLinks(id, links))
  }

  /** Whether a text has another one in it. */
  contains(text: Sql, part: Sql): Sql {
    return this.#isPostgres ? sql`strpos(${text}, ${part}) > 0` : sql`instr(${text}, ${part}) > 0`
  }

  #upsert(run: number, addresses: readonly AddressRow[]): Sql {
    const rows = addresses.map((row) => [
      row.id,
      row.url,
      row.depth,
      row.crawled ? 1 : 0,
      row.status,
      row.reason,
      row.answer,
      row.redirect,
      row.time,
      row.names,
    ])
    return sql`
      insert into linkcheck_address (run, id, url, depth, crawled, status, reason, answer, redirect, time, names)
      select ${integer(sql`${run}`)}, ${integer(sql`value->>0`)}, value->>1, ${integer(sql`value->>2`)},
        ${integer(sql`value->>3`)}, value->>4, value->>5, ${integer(sql`value->>6`)}, ${integer(sql`value->>7`)},
        cast(value->>8 as real), value->>9
      from ${this.#rowsOf(rows)} where true
      on conflict (run, id) do update set crawled = excluded.crawled, status = excluded.status, reason = excluded.reason,
        answer = excluded.answer, redirect = excluded.redirect, time = excluded.time, names = excluded.names`
  }

  #insertLinks(run: number, rows: readonly unknown[][]): Sql {
    return sql`
      insert into linkcheck_link (run, page, address, fragment, kind, places)
      select ${integer(sql`${run}`)}, ${integer(sql`value->>0`)}, ${integer(sql`value->>1`)}, value->>2, value->>3, value->>4
      from ${this.#rowsOf(rows)}`
  }

  /** A table of one column, `value`: a row of the list in each. */
  #rowsOf(rows: readonly unknown[]): Sql {
    const json = storable(JSON.stringify(rows))
    return this.#isPostgres ? sql`json_array_elements(cast(${json} as json)) as t(value)` : sql`json_each(${json})`
  }
}

function integer(value: Sql): Sql {
  return sql`cast(${value} as integer)`
}

/** Without what no database takes in a text: halves of characters, and in PostgreSQL the character zero. */
function storable(json: string): string {
  if (!json.includes('\\u')) return json
  return json.replaceAll(/\\\\|\\u(?:0000|d[89a-f][0-9a-f]{2})/g, (escape) => (escape === '\\\\' ? escape : '\ufffd'))
}
