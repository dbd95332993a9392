/** What SQLite can be given, and how many of it. */
import type { SQLInputValue } from 'node:sqlite'
import { ParameterError } from '../database/errors.ts'
import type { Statement } from '../database/sql.ts'

/**
 * The parameters as SQLite takes them: booleans are 0 and 1, dates their ISO text.
 *
 * @throws ParameterError  There are too few or too many, which SQLite would not notice, or one of them is nothing it can store.
 */
export function bound({ text, parameters }: Statement): SQLInputValue[] {
  const wanted = countPlaceholders(text)
  if (wanted !== parameters.length) {
    throw new ParameterError(
      `A statement takes ${wanted} ${wanted === 1 ? 'parameter' : 'parameters'} and was given ${parameters.length}.`,
      { statement: text },
    )
  }
  return parameters.map((value, index) => input(value, index + 1, text))
}

function input(value: unknown, number: number, statement: string): SQLInputValue {
  switch (typeof value) {
    case 'number':
      if (Number.isNaN(value)) throw nothingToStore('NaN', number, statement)
      return value
    case 'string':
    case 'bigint':
      return value
    case 'boolean':
      return value ? 1 : 0
    default:
      if (value === null || value instanceof Uint8Array) return value
      if (value instanceof Date) {
        if (Number.isNaN(value.getTime())) throw nothingToStore('an invalid Date', number, statement)
        return value.toISOString()
      }
      throw new ParameterError(
        `Parameter ${number} is an object, which SQLite cannot store. Give a string, a number, a bigint, a boolean, a Date, bytes or null; or JSON.stringify(it).`,
        { statement },
      )
  }
}

/** SQLite would make null of it without a word. */
function nothingToStore(what: string, number: number, statement: string): ParameterError {
  return new ParameterError(
    `Parameter ${number} is ${what}, which SQLite cannot store. Give null where there is no value.`,
    {
      statement,
    },
  )
}

/** Question marks that are no part of a string, a name in quotes, or a comment. */
function countPlaceholders(text: string): number {
  let count = 0
  for (const [found] of text.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[^]*?\*\/|\?/g)) {
    if (found === '?') count++
  }
  return count
}
