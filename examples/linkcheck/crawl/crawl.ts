/** Goes through a site: asks for each address once, and records what has become of it and where it leads. */
import { now } from 'withal'
import type { HttpClient } from 'withal/http'
import { leadsToPage, leadsToStylesheet } from '../page/link.ts'
import type { LinkKind } from '../page/link.ts'
import type { Settings } from '../settings.ts'
import { namesColumn } from '../store/records.ts'
import type { AddressRow, LinkRow } from '../store/records.ts'
import type { Recorder } from '../store/recorder.ts'
import type { Target } from '../target/target.ts'
import { looksLikeFile, originOf } from '../web/address.ts'
import type { Meaning } from '../web/address.ts'
import { ask } from '../web/asking.ts'
import type { Answer, Postponed } from '../web/answer.ts'
import { Robots } from '../web/robots.ts'
import { linkRows } from './found-links.ts'
import { KnownAddresses } from './known.ts'
import type { Known } from './known.ts'
import { Lanes } from './lanes.ts'
import type { Lane } from './lanes.ts'
import type { Progress } from './progress.ts'

/** So often a server may put us off. */
const mostPostponed = 5

/** What a crawl needs. */
export interface CrawlParts {
  readonly target: Target
  readonly settings: Settings
  readonly client: HttpClient
  readonly recorder: Recorder
  readonly progress: Progress
}

/** See above. */
export class Crawl {
  readonly #target: Target
  readonly #settings: Settings
  readonly #client: HttpClient
  readonly #recorder: Recorder
  readonly #progress: Progress
  readonly #robots: Robots
  readonly #known = new KnownAddresses()
  readonly #lanes: Lanes
  /** The origins whose pages are looked into. */
  readonly #site: Set<string>
  /** How far away from the start pages are still looked into. */
  readonly #depth: number
  /** With a limit of depth, what is farther away has to wait, so that nothing is first reached by a way that is not the shortest. */
  #round = 0
  #later: Known[] = []

  constructor({ target, settings, client, recorder, progress }: CrawlParts) {
    this.#target = target
    this.#settings = settings
    this.#client = client
    this.#recorder = recorder
    this.#progress = progress
    this.#robots = new Robots(client, settings.userAgent)
    this.#lanes = new Lanes({
      concurrency: settings.concurrency,
      perHost: settings.perHost,
      isOfSite: (url) => this.#site.has(originOf(url)),
      visit: (known, lane) => this.#visit(known, lane),
    })
    this.#site = new Set(target.start.map(originOf))
    this.#depth = settings.depth ?? (target.isList ? 0 : Infinity)
  }

  /** How many addresses are being asked for. */
  get underWay(): number {
    return this.#lanes.underWay
  }

  /** Begins with the start pages. */
  async begin(): Promise<void> {
    const addresses: AddressRow[] = []
    const links = this.#target.start.map((url): LinkRow => {
      const { id } = this.#discover(url, 0, { crawled: true, lookedInto: true }, addresses)
      return { page: 0, address: id, fragment: null, kind: 'start', places: '' }
    })
    await this.#recorder.record({ addresses, links })
  }

  /** Goes on with what an earlier part of the run has written. */
  async resume(rows: AsyncIterable<AddressRow>, withFragments: ReadonlySet<number>): Promise<void> {
    for await (const row of rows) {
      const known = this.#known.restore(row, this.#whole(row.url), row.crawled || withFragments.has(row.id))
      if (known.depth === 0 && known.crawled) this.#site.add(originOf(known.url))
      this.#progress.restored(row)
      if (known.state === 'queued') this.#enqueue(known)
    }
  }

  /** Ends when there is nothing left to be asked for. */
  async run(): Promise<void> {
    await this.#lanes.run()
    while (this.#later.length > 0) {
      const later = this.#later
      this.#later = []
      this.#round = later.reduce((least, { depth }) => Math.min(least, depth), Infinity)
      for (const known of later) this.#enqueue(known)
      await this.#lanes.run()
    }
  }

  // Visiting.

  #enqueue(known: Known): void {
    if (this.#depth !== Infinity && known.crawled && known.depth > this.#round) this.#later.push(known)
    else this.#lanes.put(known)
  }

  async #visit(known: Known, lane: Lane): Promise<void> {
    if (known.state !== 'queued') return // it was read on the way to another one
    known.state = 'asking'
    const { url, crawled, lookedInto } = known
    const headIsEnough = !lookedInto || looksLikeFile(url)
    if (!(await this.#mayAsk(url, lane))) {
      await this.#conclude(known, unchecked(url, 'robots.txt forbids it'), null)
      return
    }
    const begun = now()
    const { maxSize } = this.#settings
    const answer = await ask(this.#client, {
      url,
      headIsEnough,
      maxSize,
      isAllowed: (next) => this.#mayAsk(next, lane),
    })
    if (crawled !== known.crawled || lookedInto !== known.lookedInto) this.#again(known)
    else if (answer.status === 'postponed') await this.#postpone(known, answer, lane)
    else await this.#conclude(known, answer, now() - begun)
  }

  /** Asks once more, since meanwhile more is wanted to be known. */
  #again(known: Known): void {
    known.state = 'queued'
    this.#enqueue(known)
  }

  async #postpone(known: Known, { wait, code }: Postponed, lane: Lane): Promise<void> {
    lane.pause(wait)
    if (++known.postponed < mostPostponed) this.#again(known)
    else await this.#conclude(known, { ...unchecked(known.url, 'the server wants to be asked later'), code }, null)
  }

  /** Whether robots.txt allows it; waits for the turn of a site that wants time between requests. */
  async #mayAsk(url: string, lane: Lane): Promise<boolean> {
    const origin = originOf(url)
    if (!this.#settings.robots || !this.#site.has(origin) || origin === this.#target.folderOrigin) return true
    const rules = await this.#robots.rulesFor(url)
    if (!rules.isAllowed(url)) return false
    await lane.turn(rules.delay)
    return true
  }

  // Recording. Nothing waits before all of a visit has been given to the recorder.

  async #conclude(known: Known, answer: Answer, time: number | null): Promise<void> {
    const addresses: AddressRow[] = []
    const links: LinkRow[] = []
    const end = this.#endOf(known, answer, addresses)
    known.state = 'done'
    const row = this.#rowOf(known, answer, time, end === known ? null : (end?.id ?? null))
    addresses.push(row)
    if (end === known) links.push(...this.#linksOf(known, answer, addresses))
    else if (end?.state === 'queued' && answer.seen !== 'presence') {
      end.state = 'done' // it was read on the way
      addresses.push(this.#rowOf(end, answer, time, null))
      links.push(...this.#linksOf(end, answer, addresses))
    }
    this.#progress.visited(row, links.length)
    await this.#recorder.record({ addresses, links })
  }

  /** The page that an address of a site leads to in the end; `undefined` where that is none of the site. */
  #endOf(known: Known, { url, status }: Answer, addresses: AddressRow[]): Known | undefined {
    if (status !== 'ok' || !known.crawled || url === known.url) return known
    if (known.depth === 0) this.#site.add(originOf(url)) // the site has moved as a whole
    if (!this.#site.has(originOf(url))) return undefined
    return this.#need(url, known.depth, { crawled: true, lookedInto: true }, addresses)
  }

  #linksOf(page: Known, { url, content }: Answer, addresses: AddressRow[]): LinkRow[] {
    if (content === undefined || !page.crawled) return []
    return linkRows(page.id, url, content, (meaning, kind) => this.#idOf(page, meaning, kind, addresses))
  }

  #idOf(page: Known, meaning: Meaning, kind: LinkKind, addresses: AddressRow[]): number {
    const { url, status } = meaning
    if (status !== 'address') {
      return this.#leaveOut(url, page.depth, status === 'invalid' ? 'broken' : 'skipped', meaning.reason, addresses).id
    }
    const isOfSite = this.#site.has(originOf(url))
    if (this.#settings.skip.some((pattern) => pattern.test(url))) {
      return this.#leaveOut(url, page.depth, 'skipped', '--skip names it', addresses).id
    }
    if (!isOfSite && !this.#settings.external) {
      return this.#leaveOut(url, page.depth, 'skipped', 'other sites are not checked', addresses).id
    }
    const depth = leadsToStylesheet(kind) ? page.depth : page.depth + 1
    const crawled = isOfSite && (leadsToStylesheet(kind) || (leadsToPage(kind) && depth <= this.#depth))
    const lookedInto = crawled || (meaning.fragment !== undefined && !looksLikeFile(url))
    return this.#need(url, depth, { crawled, lookedInto }, addresses).id
  }

  /** Sees to it that so much of an address becomes known. */
  #need(url: string, depth: number, needs: Pick<Known, 'crawled' | 'lookedInto'>, addresses: AddressRow[]): Known {
    const known = this.#known.get(url)
    if (known === undefined) return this.#discover(url, depth, needs, addresses)
    const isMore = (needs.crawled && !known.crawled) || (needs.lookedInto && !known.lookedInto)
    if (!isMore || known.state === 'left out') return known
    known.crawled ||= needs.crawled
    known.lookedInto ||= needs.lookedInto
    if (known.state === 'done') this.#again(known)
    addresses.push(this.#rowOf(known))
    return known
  }

  #discover(url: string, depth: number, needs: Pick<Known, 'crawled' | 'lookedInto'>, addresses: AddressRow[]): Known {
    const known = this.#known.add(url, depth, needs)
    addresses.push(this.#rowOf(known))
    this.#enqueue(known)
    return known
  }

  #leaveOut(url: string, depth: number, status: 'skipped' | 'broken', reason: string, addresses: AddressRow[]): Known {
    const found = this.#known.get(url)
    if (found !== undefined) return found
    const known = this.#known.add(url, depth, { crawled: false, lookedInto: false })
    known.state = 'left out'
    const row = { ...this.#rowOf(known), status, reason }
    addresses.push(row)
    this.#progress.visited(row, 0)
    return known
  }

  #rowOf(known: Known, answer?: Answer, time: number | null = null, redirect: number | null = null): AddressRow {
    const { content, seen, reason, code } = answer ?? {}
    const isOwn = redirect === null && content !== undefined && seen === 'whole'
    return {
      id: known.id,
      url: this.#shown(known.url),
      depth: known.depth,
      crawled: known.crawled,
      status: answer?.status ?? 'pending',
      reason: reason === undefined || reason === null ? null : this.#shown(reason),
      answer: code ?? null,
      redirect,
      time: time === null ? null : Math.round(time * 10) / 10,
      names: isOwn ? namesColumn(content.ids) : null,
    }
  }

  /** The port of a folder is another one each time, so its origin is not kept. */
  #shown(text: string): string {
    const { folderOrigin } = this.#target
    return folderOrigin === undefined ? text : text.replaceAll(folderOrigin, '')
  }

  #whole(url: string): string {
    const { folderOrigin } = this.#target
    return folderOrigin !== undefined && url.startsWith('/') ? folderOrigin + url : url
  }
}

function unchecked(url: string, reason: string): Answer {
  return { status: 'unchecked', url, code: null, reason, content: undefined, seen: 'presence' }
}
