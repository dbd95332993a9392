import { expect, test } from 'vitest'
import { cssLinks } from './css-links.ts'
import { Decoding } from './decoding.ts'
import { HtmlLinks } from './html-links.ts'
import type { Content } from './link.ts'
import { Lines } from './lines.ts'

function read(html: string, size = html.length): Content {
  const links = new HtmlLinks()
  for (let at = 0; at < html.length; at += Math.max(size, 1)) links.write(html.slice(at, at + size))
  return links.end()
}

const shown = ({ links }: Content): string[] =>
  links.map(({ kind, url, line, column }) => `${line}:${column} ${kind} ${url}`)

const page = `<!doctype html>
<html><head>
  <base href="/docs/"><link rel="stylesheet" type="text/css" href=main.css>
  <link href="icon.png" rel="icon"><link rel=preconnect href="https://cdn.example">
  <link rel="canonical" href="self.html">
  <meta name="refresh" content="no"><meta http-equiv="Refresh" content="5; URL='next.html'">
  <style>
    @import "more.css"; body { background: url(back.png) }
  </style>
  <script src="app.js">var text = '<a href="not-a-link">'</script>
</head><body id="top">
<!-- <a href="commented-out"> -->
<a name=anchor
   href="a.html?x=1&amp;y=2#part">one</a>
<area href=' spaced.html '><img src="i.png" srcset="i2.png 2x, i,3.png 300w" alt="a > b">
<iframe src="frame.html"></iframe><video src=v.webm poster=p.jpg><track src=t.vtt></video>
<input type=image src=button.png><input type=text src=ignored.png>
<p style="background: url(&quot;in style.png&quot;)" class="x">text</p>
<object data=o.svg></object><embed src=e.pdf><audio><source src=s.ogg></audio>
</body></html>`

const found = [
  '3:23 stylesheet main.css',
  '4:3 img icon.png',
  '5:3 link self.html',
  '6:37 refresh next.html',
  '8:13 import more.css',
  '8:44 css back.png',
  '10:3 script app.js',
  '13:1 a a.html?x=1&y=2#part',
  '15:1 a spaced.html',
  '15:28 img i.png',
  '15:28 srcset i2.png',
  '15:28 srcset i,3.png',
  '16:1 iframe frame.html',
  '16:35 media v.webm',
  '16:35 img p.jpg',
  '16:66 media t.vtt',
  '17:1 img button.png',
  '18:1 css in style.png',
  '19:1 media o.svg',
  '19:29 media e.pdf',
  '19:53 media s.ogg',
]

test('every link of a page is found, with its line and column', () => {
  const content = read(page)
  expect(shown(content)).toEqual(found)
  expect(content.base).toBe('/docs/')
  expect(content.ids).toEqual(['top', 'anchor'])
})

test.for([1, 2, 7, 100])('a page that comes in pieces of %i is read the same', (size) => {
  expect(shown(read(page, size))).toEqual(found)
})

test('of a page that ends in the middle, what there is is read', () => {
  expect(shown(read('<a href=x>\n<a href="unfinished'))).toEqual(['1:1 a x'])
  expect(shown(read('<link rel=next href=y>'))).toEqual(['1:1 link y'])
  expect(shown(read(''))).toEqual([])
})

test('a stylesheet gives its addresses and its imports, and nothing that only looks like one', () => {
  const css = `/* url(commented.png) */
@namespace svg url(http://www.w3.org/2000/svg);
@import url("a.css") screen; @IMPORT 'b.css';
.x { content: "url(text.png)"; background: url( plain.png ), URL("quoted\\.png"); mask: url(#here) }
.y { background: image-set("one.png" 1x, url(two.png) 2x); width: calc(1px * (2 + 3)) }`
  expect(cssLinks(css).map(({ kind, url, line, column }) => `${line}:${column} ${kind} ${url}`)).toEqual([
    '3:13 import a.css',
    '3:38 import b.css',
    '4:44 css plain.png',
    '4:66 css quoted.png',
    '5:28 css one.png',
    '5:42 css two.png',
  ])
})

test.for<[string, Buffer, string | undefined, string]>([
  ['nothing said is UTF-8', Buffer.from('ä€'), undefined, 'ä€'],
  ['the header says it', Buffer.from('ä', 'latin1'), 'text/html; charset="ISO-8859-1"', 'ä'],
  [
    'a meta says it',
    Buffer.from('<meta charset=windows-1252>\x80', 'latin1'),
    'text/html',
    '<meta charset=windows-1252>€',
  ],
  [
    'an older meta says it',
    Buffer.from('<meta http-equiv=Content-Type content="text/html; charset=koi8-r">\xc1', 'latin1'),
    'text/html',
    '<meta http-equiv=Content-Type content="text/html; charset=koi8-r">а',
  ],
  ['a byte order mark wins', Buffer.from('\ufeffä', 'utf16le'), 'text/html; charset=utf-8', 'ä'],
  ['what nobody knows is passed over', Buffer.from('ä'), 'text/html; charset=klingon', 'ä'],
  ['no text in it is marked', Buffer.from([0x61, 0xff]), 'text/html', 'a\ufffd'],
])('encodings: %s', ([, bytes, contentType, text]) => {
  const whole = new Decoding(contentType)
  expect(whole.write(bytes) + whole.end()).toBe(text)
  const parts = new Decoding(contentType)
  expect([...bytes].map((byte) => parts.write(Uint8Array.of(byte))).join('') + parts.end()).toBe(text)
})

test('lines are found in a text that comes in pieces', () => {
  const lines = new Lines()
  lines.add('ab\nc')
  expect(lines.placeOf(1)).toEqual({ line: 1, column: 2 })
  lines.add('d\n\nef')
  expect([3, 4, 6, 8].map((offset) => Object.values(lines.placeOf(offset)).join(':'))).toEqual([
    '2:1',
    '2:2',
    '3:1',
    '4:2',
  ])
})
