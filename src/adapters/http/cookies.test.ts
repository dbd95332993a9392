import { describe, expect, test } from 'vitest'
import { sleep, UsageError, within } from 'withal'
import { CookieJar, httpClient } from 'withal/http'
import { echo, httpServer } from '../../../test/http-servers.ts'
import type { SeenRequest } from '../../../test/http-servers.ts'

const from = 'https://shop.example.org/account/login'

describe('a jar', () => {
  const rows: [string, string, string, string][] = [
    ['the same host', 'a=1', 'https://shop.example.org/account/', 'a=1'],
    ['not a host below, where no domain is said', 'a=1', 'https://x.shop.example.org/account/', ''],
    ['hosts of the domain', 'a=1; Domain=example.org; Path=/', 'https://other.example.org/', 'a=1'],
    ['a domain with a dot before it', 'a=1; domain=.Example.ORG; path=/', 'https://example.org/', 'a=1'],
    ['not another domain', 'a=1; Domain=example.com; Path=/', 'https://example.com/', ''],
    ['not all of a top domain', 'a=1; Domain=org; Path=/', 'https://shop.example.org/', ''],
    ['not a host that only ends alike', 'a=1; Domain=example.org; Path=/', 'https://badexample.org/', ''],
    ['the path it was set at', 'a=1', 'https://shop.example.org/account/x', 'a=1'],
    ['not above it', 'a=1', 'https://shop.example.org/', ''],
    ['not a path that only begins alike', 'a=1; Path=/acc', 'https://shop.example.org/account', ''],
    ['what is secure, over TLS', 'a=1; Secure; Path=/', 'https://shop.example.org/', 'a=1'],
    ['what is secure, not without', 'a=1; Secure; Path=/', 'http://shop.example.org/', ''],
    ['as long as it is valid', 'a=1; Max-Age=60; Path=/', 'https://shop.example.org/', 'a=1'],
    ['not what has expired', 'a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/', 'https://shop.example.org/', ''],
    [
      'max-age before expires',
      'a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=9; Path=/',
      'https://shop.example.org/',
      'a=1',
    ],
    ['values with an equals sign', 'a=b=c; Path=/', 'https://shop.example.org/', 'a=b=c'],
    ['not a prefix that is not kept', '__Host-a=1; Path=/', 'https://shop.example.org/', ''],
    ['a prefix that is kept', '__Host-a=1; Path=/; Secure', 'https://shop.example.org/', '__Host-a=1'],
    ['not what is too large', `a=${'x'.repeat(5_000)}; Path=/`, 'https://shop.example.org/', ''],
  ]
  test.for(rows)('sends %s', ([, setCookie, url, expected]) => {
    const jar = new CookieJar()
    jar.store(from, setCookie)
    expect(jar.headerFor(url)).toBe(expected)
  })

  test('replaces, forgets, and gives longer paths first', () => {
    const jar = new CookieJar()
    jar.store(from, ['a=1; Path=/', 'b=2; Path=/account', 'c=3; Path=/'])
    jar.store(from, 'a=9; Path=/')
    expect(jar.headerFor(from)).toBe('b=2; c=3; a=9')
    jar.store(from, 'c=; Path=/; Max-Age=0')
    expect(jar.all().map(({ name }) => name)).toEqual(['b', 'a'])
    jar.clear()
    expect([jar.all(), jar.headerFor(from)]).toEqual([[], ''])
  })

  test('does not grow without end', () => {
    const jar = new CookieJar()
    for (let i = 0; i < 200; i++) jar.store(from, `c${i}=1; Path=/`)
    expect(jar.all()).toHaveLength(50)
    expect(jar.all()[0]?.name).toBe('c150')
  })

  test('keeps cookies of an address to itself', () => {
    const jar = new CookieJar()
    jar.store('http://127.0.0.1/', 'a=1; Domain=0.0.1')
    jar.store('http://127.0.0.1/', 'b=1; Domain=127.0.0.1')
    expect([jar.headerFor('http://127.0.0.1/'), jar.headerFor('http://9.0.0.1/')]).toEqual(['b=1', ''])
  })
})

describe('a client with cookies', () => {
  const login = () =>
    httpServer((request, response) => {
      if (request.url !== '/login') return echo(request, response)
      response.writeHead(302, { location: '/home', 'set-cookie': ['session=7; Path=/', 'theme=dark; Path=/'] }).end()
      return undefined
    })

  test('sends back what it was given, also on the way of a redirect', async () => {
    await within(login(), httpClient({ cookies: true }), async ({ url }, client) => {
      const first = await client.post(`${url}/login`, { form: { user: 'ann' } })
      expect(first.json<SeenRequest>().headers.cookie).toBe('session=7; theme=dark')
      const second = await client.get(`${url}/x`, { headers: { cookie: 'own=1' } })
      expect(second.json<SeenRequest>().headers.cookie).toBe('own=1; session=7; theme=dark')
    })
  })

  test('takes a jar, and shows it to hooks', async () => {
    const jar = new CookieJar()
    const seen: (string | undefined)[] = []
    const hooks = {
      request: async ({ headers }: { headers: Map<string, string> }) => {
        await sleep(0)
        seen.push(headers.get('cookie'))
      },
    }
    await within(login(), httpClient({ cookies: jar, hooks }), async ({ url }, client) => {
      await client.get(`${url}/login`)
    })
    expect(seen).toEqual([undefined, 'session=7; theme=dark'])
    expect(jar.all()).toHaveLength(2)
  })

  test('a client without keeps none', async () => {
    await within(login(), httpClient(), async ({ url }, client) => {
      const { headers } = (await client.get(`${url}/login`)).json<SeenRequest>()
      expect(headers).not.toHaveProperty('cookie')
    })
  })

  test('what is no jar is refused', () => {
    expect(() => httpClient({ cookies: 'a=1' as never })).toThrow(UsageError)
    expect(() => httpClient({ cookies: 'a=1' as never })).toThrow('`cookies` is a=1. Give true, or a CookieJar.')
  })
})
