/** What the robots.txt of each crawled site allows. It is asked for once, by whoever first wants to ask that site for something. */
import robots from 'robots-parser'
import { KeyedLock, within } from 'withal'
import type { HttpClient } from 'withal/http'
import { originOf } from './address.ts'
import { failureOf } from './failure.ts'

/** Its types tell of a `default` that the package, a function itself, does not have. */
const robotsParser = robots as unknown as typeof robots.default

/** What a site allows. */
interface Rules {
  isAllowed(url: string): boolean
  /** Milliseconds between two requests. */
  readonly delay: number
}

const everything: Rules = { isAllowed: () => true, delay: 0 }
const nothing: Rules = { isAllowed: () => false, delay: 0 }
/** Whoever wants more time between two requests than this does not mean us; milliseconds. */
const mostDelay = 10_000

/** See above. */
export class Robots {
  readonly #client: HttpClient
  readonly #userAgent: string
  readonly #rules = new Map<string, Rules>()
  readonly #loading = new KeyedLock<string>({ name: 'robots.txt' })

  constructor(client: HttpClient, userAgent: string) {
    this.#client = client
    this.#userAgent = userAgent
  }

  /** What holds for an address. */
  async rulesFor(url: string): Promise<Rules> {
    const origin = originOf(url)
    return this.#rules.get(origin) ?? (await within(this.#loading.permit(origin), () => this.#load(origin)))
  }

  async #load(origin: string): Promise<Rules> {
    const known = this.#rules.get(origin)
    if (known !== undefined) return known
    const rules = await this.#read(`${origin}/robots.txt`)
    this.#rules.set(origin, rules)
    return rules
  }

  /** As RFC 9309 wants it: where there is no file, everything is allowed; where the server has failed, nothing is. */
  async #read(url: string): Promise<Rules> {
    try {
      const response = await this.#client.get(url, { redirects: 5 })
      if (response.status >= 500) return nothing
      if (!response.ok) return everything
      const parsed = robotsParser(url, response.text())
      const delay = Math.min((parsed.getCrawlDelay(this.#userAgent) ?? 0) * 1_000, mostDelay)
      return { isAllowed: (page) => parsed.isAllowed(page, this.#userAgent) ?? true, delay }
    } catch (error) {
      if (failureOf(error) === undefined) throw error
      return everything // the pages will fail, too, and say it better
    }
  }
}
