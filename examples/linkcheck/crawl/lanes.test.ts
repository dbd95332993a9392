import { expect, test } from 'vitest'
import { checkpoint, sleep, within } from 'withal'
import { TestClock } from 'withal/testing'
import { Lanes } from './lanes.ts'
import type { Known } from './known.ts'
import type { Lane } from './lanes.ts'

let lastId = 0
const address = (url: string): Known => ({
  id: ++lastId,
  url,
  depth: 0,
  crawled: true,
  lookedInto: true,
  state: 'queued',
  postponed: 0,
})

/** Visits addresses, each of which takes a second, and tells the most that were under way: in all, to one host, to other sites. */
async function mostAtOnce(
  urls: readonly string[],
  limits: { concurrency: number; perHost: number },
): Promise<number[]> {
  const running = new Map<string, number>()
  const most = [0, 0, 0]
  const isOfSite = (url: string): boolean => url.startsWith('http://site/')
  const lanes = new Lanes({
    ...limits,
    isOfSite,
    async visit({ url }) {
      const { host } = new URL(url)
      running.set(host, (running.get(host) ?? 0) + 1)
      const counts = [...running]
      const sum = (parts: typeof counts): number => parts.reduce((sofar, [, count]) => sofar + count, 0)
      const found = [sum(counts), Math.max(...running.values()), sum(counts.filter(([name]) => name !== 'site'))]
      for (const [index, count] of found.entries()) most[index] = Math.max(most[index] ?? 0, count)
      await sleep(1_000)
      running.set(host, running.get(host)! - 1) // it was counted
    },
  })
  for (const url of urls) lanes.put(address(url))
  await within(new TestClock({ autoAdvance: true }), () => lanes.run())
  return most
}

test('no more are asked for at once than allowed, in all and of one host', async () => {
  const urls = Array.from({ length: 60 }, (_, index) => `http://site/${index}`)
  expect(await mostAtOnce(urls, { concurrency: 10, perHost: 4 })).toEqual([4, 4, 0])
  expect(await mostAtOnce(urls, { concurrency: 3, perHost: 4 })).toEqual([3, 3, 0])
})

test('other sites have at most half of all requests, however many there are', async () => {
  const others = Array.from({ length: 60 }, (_, index) => `http://other${index}/`)
  const own = Array.from({ length: 60 }, (_, index) => `http://site/${index}`)
  expect(await mostAtOnce([...others, ...own], { concurrency: 10, perHost: 8 })).toEqual([10, 8, 5])
})

test('what a visit puts is visited, and then it is over', async () => {
  const seen: string[] = []
  const lanes: Lanes = new Lanes({
    concurrency: 5,
    perHost: 2,
    isOfSite: () => true,
    async visit({ url }) {
      seen.push(url)
      await checkpoint()
      if (url.length < 'http://site/'.length + 3) for (const next of 'ab') lanes.put(address(url + next))
    },
  })
  lanes.put(address('http://site/'))
  await lanes.run()
  expect(seen.length).toBe(1 + 2 + 4 + 8)
  expect(seen.map(({ length }) => length)).toEqual(seen.map(({ length }) => length).toSorted((a, b) => a - b))
})

test('a host that wants to be left alone is, and others are not', async () => {
  const log: string[] = []
  let start = 0
  await within(new TestClock({ autoAdvance: true }), async (clock) => {
    start = clock.now()
    const lanes = new Lanes({
      concurrency: 5,
      perHost: 1,
      isOfSite: () => true,
      async visit({ url }: Known, lane: Lane) {
        log.push(`${clock.now() - start} ${url}`)
        if (url === 'http://busy/1') lane.pause(5_000)
        await sleep(1_000)
      },
    })
    for (const url of ['http://busy/1', 'http://busy/2', 'http://well/1', 'http://well/2']) lanes.put(address(url))
    await lanes.run()
  })
  expect(log).toEqual(['0 http://busy/1', '0 http://well/1', '1000 http://well/2', '5000 http://busy/2'])
})
