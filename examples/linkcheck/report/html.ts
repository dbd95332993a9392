/** For people in a browser: one page that needs nothing else, with totals, a plot of response times, and a table of what is broken. */
import type { Findings } from './findings.ts'
import { escaped } from './markup.ts'
import { countByRange, plotOf } from './plot.ts'
import { duration, grouped } from './summary.ts'

const style = `
:root { color-scheme: light dark; --line: light-dark(#ddd, #444); --soft: light-dark(#666, #aaa); --bad: light-dark(#b3261e, #ff8a80);
  --doubt: light-dark(#8a5a00, #ffc766); --good: light-dark(#1b6e3c, #7ddba3); --bar: light-dark(#4a76b8, #86aee8) }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem } p { margin: .25rem 0; color: var(--soft) }
.totals { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0; padding: 0; list-style: none }
.totals li { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem 1rem; min-width: 6rem }
.totals b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums } .bad { color: var(--bad) } .doubt { color: var(--doubt) } .good { color: var(--good) }
table { border-collapse: collapse; width: 100%; font-size: .9rem } th { text-align: left; font-weight: 600 }
th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere }
tbody th { padding-top: 1.25rem; font-family: ui-monospace, monospace; font-weight: 600 } td:nth-child(1), td:nth-child(2) { white-space: nowrap; color: var(--soft); overflow-wrap: normal }
thead th { overflow-wrap: normal } th:nth-child(1), th:nth-child(2) { width: 5rem } th:nth-child(3) { width: 60% }
td:nth-child(3) { font-family: ui-monospace, monospace } td:nth-child(4) { min-width: 12rem }
.plot { max-width: 40rem; width: 100%; height: auto; fill: var(--bar) } .plot text { font: 11px system-ui, sans-serif; text-anchor: middle; fill: currentColor } .plot .range { fill: var(--soft) }
`.trim()

/** See above. */
export async function* htmlReport({ run, totals, problems, times }: Findings): AsyncGenerator<string> {
  const { addresses } = totals
  const links = { broken: 0, unchecked: 0 }
  for await (const page of problems()) for (const { status } of page.problems) links[status]++
  const started = new Date(run.started).toISOString().slice(0, 16).replace('T', ' ')
  yield `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Links of ${escaped(run.target)}</title>
<style>${style}</style></head><body>
<h1>Links of ${escaped(run.target)}</h1>
<p>${started} UTC, ${duration(run.elapsed)}${run.finished ? '' : ', interrupted'}</p>
<ul class="totals">
${total('pages', totals.pages)}${total('links', totals.links)}${total('addresses well', addresses.ok, 'good')}${total('broken links', links.broken, 'bad')}${total('not checked', links.unchecked, 'doubt')}${total('skipped', addresses.skipped)}</ul>
<h2>Response times</h2>
${plotOf(await countByRange(times()))}
<h2>Links that are broken, or could not be checked</h2>
<table><thead><tr><th>place</th><th>by</th><th>link</th><th>what is wrong</th></tr></thead>
`
  let isEmpty = true
  for await (const { page = 'What was given', problems: ofPage } of problems()) {
    isEmpty = false
    yield `<tbody><tr><th colspan="4">${escaped(page)}</th></tr>\n`
    for (const { line, column, kind, url, status, reason } of ofPage) {
      const place = line === 0 ? '' : `${line}:${column}`
      const link = /^https?:/.test(url) ? `<a href="${escaped(url)}">${escaped(url)}</a>` : escaped(url)
      const mark = status === 'broken' ? 'bad' : 'doubt'
      yield `<tr><td>${place}</td><td>${kind}</td><td>${link}</td><td class="${mark}">${escaped(reason)}</td></tr>\n`
    }
    yield '</tbody>\n'
  }
  yield `${isEmpty ? '<tbody><tr><td colspan="4" class="good">None.</td></tr></tbody>' : ''}</table>\n</body></html>\n`
}

function total(name: string, number: number, mark = ''): string {
  return `<li><b class="${number > 0 ? mark : ''}">${grouped(number)}</b>${name}</li>\n`
}
