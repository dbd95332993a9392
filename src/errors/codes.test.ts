import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorCodes } from './classes.ts'

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
const section = page.slice(page.indexOf('\n## Codes'))
const documented = [...section.matchAll(/^### (\w+)$/gm)].map((match) => match[1])

test('every code is explained in docs/errors.md, and no other', () => {
  expect(new Set(documented)).toEqual(new Set(errorCodes))
  expect(documented).toHaveLength(errorCodes.length)
})

test('every explanation says what happened and what to do', () => {
  const entries = section.split(/^### /m).slice(1)
  const short = entries.filter((entry) => !entry.includes('What to do:')).map((entry) => entry.split('\n')[0])
  expect(short).toEqual([])
})
