import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { within } from 'withal'
import { temporaryDirectory } from 'withal/files'
import { serveFolder } from './serve-folder.ts'
import { openTarget } from './target.ts'

const files: Record<string, string> = {
  'index.html': 'home',
  'about.html': 'about',
  'a b.html': 'spaced',
  'docs/index.html': 'docs',
  'docs/deep/page.htm': 'deep',
  'style.css': 'css',
  '.hidden/page.html': 'hidden',
  'list.txt': '# two of them\nhttp://a.example/x#y\n\n  http://b.example \nhttp://a.example/x\n',
}

async function inFolder<R>(body: (folder: string) => Promise<R>): Promise<R> {
  return await within(temporaryDirectory(), async (folder) => {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(join(folder, name, '..'), { recursive: true })
      await writeFile(join(folder, name), content)
    }
    return await body(folder)
  })
}

test('a folder is served as a website is, on loopback only, and closed at the end', async () => {
  await inFolder(async (folder) => {
    const gone = await within(serveFolder(folder), async (origin) => {
      const ask = async (path: string, method = 'GET'): Promise<string> => {
        const response = await fetch(origin + path, { method, redirect: 'manual' })
        const text = await response.text()
        return `${response.status} ${response.headers.get('location') ?? response.headers.get('content-type')} ${text}`
      }
      expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
      expect(await ask('/')).toBe('200 text/html home')
      expect(await ask('/?query', 'HEAD')).toBe('200 text/html ')
      expect(await ask('/about')).toBe('200 text/html about')
      expect(await ask('/a%20b.html')).toBe('200 text/html spaced')
      expect(await ask('/style.css')).toBe('200 text/css css')
      expect(await ask('/docs')).toBe('301 /docs/ ')
      expect(await ask('/docs/index.html')).toBe('301 /docs/ ')
      expect(await ask('/docs/')).toBe('200 text/html docs')
      expect(await ask('/docs/deep/')).toMatch(/^404/)
      expect(await ask('/%2e%2e/%2e%2e/etc/passwd')).toMatch(/^404/)
      expect(await ask('/..%2f..%2f..%2f..%2fetc/passwd')).toMatch(/^404/)
      expect(await ask('/%ff')).toMatch(/^404/)
      return origin
    })
    await expect(fetch(gone)).rejects.toThrow('fetch failed')
  })
})

test('every page of a folder is looked at, the outermost first', async () => {
  await inFolder((folder) =>
    within(openTarget(folder), async ({ start, folderOrigin, isList }) => {
      expect(start.map((page) => page.slice(folderOrigin!.length))).toEqual([
        '/',
        '/a%20b.html',
        '/about.html',
        '/docs/',
        '/docs/deep/page.htm',
      ])
      expect(isList).toBe(false)
    }),
  )
})

test('a file of URLs, a page of a folder, a URL', async () => {
  await inFolder(async (folder) => {
    await within(openTarget(join(folder, 'list.txt')), async ({ start, isList }) => {
      expect(start).toEqual(['http://a.example/x', 'http://b.example/'])
      expect(isList).toBe(true)
    })
    await within(openTarget(join(folder, 'about.html')), async ({ start, folderOrigin }) => {
      expect(start).toEqual([`${folderOrigin}/about.html`])
    })
    await within(openTarget('HTTP://Example.org/docs#part'), async (target) => {
      expect(target).toEqual({
        name: 'http://example.org/docs',
        start: ['http://example.org/docs'],
        folderOrigin: undefined,
        isList: false,
      })
    })
  })
})

test.for([
  ['missing', /There is no missing here\. Give a folder, a URL/],
  ['example.org/docs', /Did you mean https:\/\/example\.org\/docs\?/],
  ['http://', /no valid URL/],
  ['examples/linkcheck/page', /a folder without any page/],
  ['package.json', /Line 1 of package\.json is no URL: \{/],
] as const)('%s is refused, with what to do', async ([given, message]) => {
  await expect(within(openTarget(given), async () => {})).rejects.toThrow(message)
})
