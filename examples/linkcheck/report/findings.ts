/** What a run has found, read from its database: so the report of a run that was interrupted and resumed is that of one that was not. */
import { sql } from 'withal/sqlite'
import type { Sql } from 'withal/sqlite'
import type { Run, Status } from '../store/records.ts'
import type { Store } from '../store/store.ts'

/** A link that leads nowhere, or of which nobody knows whether it does. */
export interface Problem {
  readonly line: number
  readonly column: number
  readonly kind: string
  /** With its fragment. */
  readonly url: string
  readonly status: 'broken' | 'unchecked'
  readonly reason: string
}

/** The problems of one page, in the order of their places. */
export interface PageProblems {
  /** `undefined`: what the run was given to begin with. */
  readonly page: string | undefined
  readonly problems: readonly Problem[]
}

/** How much a run has looked at. */
export interface Totals {
  readonly pages: number
  readonly links: number
  readonly addresses: Readonly<Record<Status, number>>
}

/** See above. */
export interface Findings {
  readonly run: Run
  readonly totals: Totals
  /** Milliseconds of each answer. */
  times(): AsyncIterable<number>
  /** Page by page, in the order of their names. */
  problems(): AsyncIterable<PageProblems>
}

/** Reads the totals; all else when it is asked for. */
export async function findingsOf(store: Store, run: Run): Promise<Findings> {
  const totals = await totalsOf(store, run)
  return { run, totals, times: () => timesOf(store, run), problems: () => problemsOf(store, run) }
}

async function totalsOf({ db }: Store, { id }: Run): Promise<Totals> {
  const addresses = { pending: 0, ok: 0, broken: 0, unchecked: 0, skipped: 0 }
  let pages = 0
  const rows = await db.query<{ status: Status; crawled: number; many: number | bigint | string }>`
    select status, crawled, count(*) as many from linkcheck_address where run = ${id} group by status, crawled`
  for (const { status, crawled, many } of rows) {
    addresses[status] += Number(many)
    if (crawled === 1 && status === 'ok') pages += Number(many)
  }
  const links = await db.queryValue<number | string>`select count(*) from linkcheck_link where run = ${id} and page > 0`
  return { pages, links: Number(links), addresses }
}

async function* timesOf({ db }: Store, { id }: Run): AsyncGenerator<number> {
  const text = sql`select time from linkcheck_address where run = ${id} and time is not null`
  for await (const { time } of db.cursor<{ time: number }>(text, { batchSize: 1_000 })) yield time
}

interface ProblemRow {
  readonly page: string | null
  readonly places: string
  readonly kind: string
  readonly url: string
  readonly fragment: string | null
  readonly status: Status
  readonly reason: string | null
}

async function* problemsOf(store: Store, { id }: Run): AsyncGenerator<PageProblems> {
  let page: string | null = null
  let problems: Problem[] = []
  for await (const row of store.db.cursor<ProblemRow>(problemRows(store, id), { batchSize: 500 })) {
    if (row.page !== page && problems.length > 0) {
      yield inOrder(page, problems)
      problems = []
    }
    page = row.page
    problems.push(...problemsAt(row))
  }
  if (problems.length > 0) yield inOrder(page, problems)
}

function problemRows(store: Store, run: number): Sql {
  const has = (prefix: string): Sql => store.contains(sql`r.names`, sql`(${`\n${prefix}`} || l.fragment || ${'\n'})`)
  return sql`
    select (select url from linkcheck_address p where p.run = l.run and p.id = l.page) as page,
      l.places, l.kind, a.url, l.fragment, a.status, a.reason
    from linkcheck_link l
    join linkcheck_address a on a.run = l.run and a.id = l.address
    left join linkcheck_address r on l.fragment is not null and r.run = l.run and r.id = coalesce(a.redirect, a.id)
    where l.run = ${run} and (a.status in ('broken', 'unchecked')
      -- what a page writes under user-content-x is found under x, too, by a script
      or (a.status = 'ok' and l.fragment is not null and r.names is not null and not ${has('')} and not ${has('user-content-')}))
    order by coalesce((select url from linkcheck_address p where p.run = l.run and p.id = l.page), '')`
}

function problemsAt({ places, kind, url, fragment, status, reason }: ProblemRow): Problem[] {
  const isMissing = status === 'ok'
  const rest = {
    kind,
    url: fragment === null ? url : `${url}#${fragment}`,
    status: isMissing ? 'broken' : (status as 'broken' | 'unchecked'), // no others are asked for
    reason: isMissing ? `there is no #${fragment} on the page` : (reason ?? ''),
  } as const
  return places.split(' ').map((place) => {
    const [line = 0, column = 0] = place.split(':').map(Number)
    return { line, column, ...rest }
  })
}

function inOrder(page: string | null, problems: readonly Problem[]): PageProblems {
  const ordered = problems.toSorted(
    (a, b) => a.line - b.line || a.column - b.column || (a.url < b.url ? -1 : 1) || (a.kind < b.kind ? -1 : 1),
  )
  return { page: page ?? undefined, problems: ordered }
}
