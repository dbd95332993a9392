/** How values are written for PostgreSQL: bytes as they are, all else as text. */

/**
 * A value as it is sent. Arrays are arrays of the database, other objects JSON, dates the local time with its offset, so that columns
 * with and without a time zone both give them back.
 *
 * @throws  What `JSON.stringify` throws; a `RangeError` for a date that is none.
 */
export function written(value: unknown): string | Buffer | null {
  if (value === null || value === undefined) return null
  if (typeof value !== 'object') return String(value)
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (value instanceof ArrayBuffer) return Buffer.from(value)
  if (value instanceof Date) return writtenDate(value)
  if (Array.isArray(value)) return writtenArray(value)
  if (hasOwnForm(value)) return written(value.toPostgres(written))
  return JSON.stringify(value)
}

/** An object that says how it is written, as those have that `pg` gives for intervals. */
function hasOwnForm(value: object): value is { toPostgres(write: typeof written): unknown } {
  return 'toPostgres' in value && typeof value.toPostgres === 'function'
}

function writtenArray(items: readonly unknown[]): string {
  return `{${items.map(writtenItem).join(',')}}`
}

function writtenItem(item: unknown): string {
  if (item === null || item === undefined) return 'NULL'
  if (Array.isArray(item)) return writtenArray(item)
  const text = written(item)
  if (text === null) return 'NULL'
  return typeof text === 'string' ? `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"` : `"\\\\x${text.toString('hex')}"`
}

function writtenDate(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new RangeError('it is an invalid Date')
  const year = date.getFullYear()
  const day = [padded(year > 0 ? year : 1 - year, 4), padded(date.getMonth() + 1), padded(date.getDate())].join('-')
  const time = [padded(date.getHours()), padded(date.getMinutes()), padded(date.getSeconds())].join(':')
  const offset = -date.getTimezoneOffset()
  const zone = `${offset < 0 ? '-' : '+'}${padded(Math.floor(Math.abs(offset) / 60))}:${padded(Math.abs(offset) % 60)}`
  return `${day}T${time}.${padded(date.getMilliseconds(), 3)}${zone}${year > 0 ? '' : ' BC'}`
}

function padded(number: number, width = 2): string {
  return String(number).padStart(width, '0')
}
