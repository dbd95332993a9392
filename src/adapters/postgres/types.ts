/** How the types of PostgreSQL are read where no driver does it; as `pg` does, but for rare ones, which are text. */
import type { Parsers } from './rows.ts'

type Read = (text: string) => unknown

const byType: ReadonlyMap<number, Read> = new Map<number, Read>([
  [16, (text) => text === 't'], // bool
  [17, (text) => Buffer.from(text.slice(2), 'hex')], // bytea
  [20, String], // int8
  [21, Number],
  [23, Number],
  [26, Number], // int2, int4, oid
  [114, parseJson],
  [3802, parseJson], // json, jsonb
  [700, Number],
  [701, Number], // float4, float8
  [1082, localTime],
  [1114, localTime], // date, timestamp
  [1184, instant], // timestamptz
])

/** Array types, and the types of what is in them. */
const arrays: ReadonlyMap<number, number> = new Map(
  Object.entries({
    1000: 16,
    1001: 17,
    1005: 21,
    1007: 23,
    1028: 26,
    1016: 20,
    1021: 700,
    1022: 701,
    1009: 25,
    1015: 1043,
    1231: 1700,
    2951: 2950,
    199: 114,
    3807: 3802,
    1115: 1114,
    1182: 1082,
    1185: 1184,
  }).map(([array, item]) => [Number(array), item]),
)

/** The function that reads a type. */
export const usualParsers: Parsers = (oid) => {
  const item = arrays.get(oid)
  if (item === undefined) return byType.get(oid) ?? String
  const read = byType.get(item) ?? String
  return (text) => readArray(text, read)
}

function parseJson(text: string): unknown {
  return JSON.parse(text)
}

/** `2026-01-02 03:04:05.678+00`, also `infinity`, and years before our era. */
function instant(text: string): unknown {
  return readDate(text, (time) =>
    time.replace(/([+-]\d\d)(?::?(\d\d))?(?::\d\d)?$/, (_, hours, minutes = '00') => `${hours}:${minutes}`),
  )
}

function localTime(text: string): unknown {
  return readDate(text, (day) => (day.length > 'yyyyyy-mm-dd'.length ? day : `${day} 00:00:00`))
}

function readDate(text: string, prepared: (text: string) => string): unknown {
  if (text === 'infinity') return Infinity
  if (text === '-infinity') return -Infinity
  const isBefore = text.endsWith(' BC')
  const [year = '', ...rest] = prepared(isBefore ? text.slice(0, -3) : text).split('-')
  const number = isBefore ? 1 - Number(year) : Number(year)
  const sign = number < 0 ? '-' : '+'
  const wide =
    number >= 0 && number <= 9999 ? String(number).padStart(4, '0') : sign + String(Math.abs(number)).padStart(6, '0')
  return new Date([wide, ...rest].join('-').replace(' ', 'T'))
}

/** `{1,NULL,{"a b",c}}`, also with bounds before it: `[0:1]={1,2}`. */
function readArray(text: string, read: Read): unknown[] {
  let at = text.indexOf('{') + 1
  return items()

  function items(): unknown[] {
    const found: unknown[] = []
    while (text[at] !== '}') {
      if (text[at] === ',') at++
      found.push(item())
    }
    at++
    return found
  }

  function item(): unknown {
    if (text[at] === '{') {
      at++
      return items()
    }
    if (text[at] === '"') return read(quotedItem())
    const end = /[,}]/.exec(text.slice(at))?.index ?? text.length - at
    const plain = text.slice(at, at + end)
    at += end
    return plain === 'NULL' ? null : read(plain)
  }

  function quotedItem(): string {
    let found = ''
    for (at++; text[at] !== '"'; at++) {
      if (text[at] === '\\') at++
      found += text[at]
    }
    at++
    return found
  }
}
