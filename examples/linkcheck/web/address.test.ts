import { expect, test } from 'vitest'
import { hostOf, looksLikeFile, meaningOf, originOf } from './address.ts'

const base = 'https://example.org/docs/page.html'

test.for<[string, string, string | undefined]>([
  ['other.html', 'https://example.org/docs/other.html', undefined],
  ['', 'https://example.org/docs/page.html', undefined],
  ['../a b.html#x', 'https://example.org/a%20b.html', 'x'],
  ['#caf%C3%A9', 'https://example.org/docs/page.html', 'café'],
  ['#100%', 'https://example.org/docs/page.html', '100%'],
  ['#top', 'https://example.org/docs/page.html', undefined],
  ['#', 'https://example.org/docs/page.html', undefined],
  ['#/route', 'https://example.org/docs/page.html', undefined],
  ['#part:~:text=word', 'https://example.org/docs/page.html', 'part'],
  ['//CDN.example:443/x?y#z', 'https://cdn.example/x?y', 'z'],
])('%j is an address', ([written, url, fragment]) => {
  expect(meaningOf(written, base)).toEqual({ status: 'address', url, fragment })
})

test.for([
  ['mailto:someone@example.org', 'mailto: is not checked'],
  ['JavaScript:void(0)', 'javascript: is not checked'],
  ['data:image/png;base64,AAAA', 'data: is not checked'],
])('%j is passed over', ([written = '', reason]) => {
  expect(meaningOf(written, base)).toEqual({ status: 'skipped', url: written, reason })
})

test.for(['http://', 'https://[half', 'http://a b/'])('%j is no valid URL', (written) => {
  expect(meaningOf(written, base)).toEqual({ status: 'invalid', url: written, reason: 'is no valid URL' })
})

test('the parts of an address, and what looks like no page', () => {
  expect(hostOf('http://127.0.0.1:80/x//y')).toBe('127.0.0.1:80')
  expect(originOf('https://example.org')).toBe('https://example.org')
  expect(originOf('https://example.org:8443/x')).toBe('https://example.org:8443')
  expect(['/a.pdf', '/a.PNG?x=y.html', '/a.html', '/a', '/a.org/', '/?file=a.zip'].map(looksLikeFile)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ])
})
