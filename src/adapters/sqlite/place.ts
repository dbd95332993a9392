/** Where a database of SQLite is. */
import { UsageError } from '../../errors/index.ts'

/**
 * The path that a place means, or `:memory:`.
 *
 * @throws UsageError  It is none.
 */
export function placeOf(place: unknown): string {
  if (typeof place !== 'string' || place === '' || place.includes('\0')) throw noPlace(place)
  const url = /^([a-z][a-z0-9+.-]+):(?:\/\/)?(.*)$/i.exec(place)
  if (url === null) return place
  const [, scheme, rest = ''] = url
  if (scheme?.toLowerCase() !== 'sqlite' || rest === '') throw noPlace(place)
  if (rest === 'memory' || rest === ':memory:') return ':memory:'
  try {
    return decodeURIComponent(rest)
  } catch {
    throw noPlace(place)
  }
}

function noPlace(given: unknown): UsageError {
  return new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `${typeof given === 'string' ? JSON.stringify(given) : String(given)} is no place of a SQLite database. ` +
      "Give a path, ':memory:', or 'sqlite://./data.db'.",
  )
}
