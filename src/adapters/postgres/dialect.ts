/** How PostgreSQL says things. */
import { UsageError } from '../../errors/index.ts'
import type { Dialect } from '../database/driver.ts'
import type { IsolationLevel, TransactionOptions } from '../database/types.ts'

export const dialect: Dialect = {
  placeholder: (number) => `$${number}`,
  quote: quoted,
  begin: (options) => [beginText(options)],
}

/** A name in quotes. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

const levels: readonly IsolationLevel[] = ['read uncommitted', 'read committed', 'repeatable read', 'serializable']

function beginText({ isolation, readOnly, deferrable }: TransactionOptions): string {
  if (isolation !== undefined && !levels.includes(isolation)) {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`isolation\` is ${JSON.stringify(isolation)}. Give one of: ${levels.join(', ')}.`,
    )
  }
  const modes = [
    ...(isolation === undefined ? [] : [`isolation level ${isolation}`]),
    ...(readOnly === undefined ? [] : [readOnly ? 'read only' : 'read write']),
    ...(deferrable === undefined ? [] : [deferrable ? 'deferrable' : 'not deferrable']),
  ]
  return `begin ${modes.join(', ')}`.trimEnd()
}

/** Whether a statement begins a transaction that only reads. */
export function beginsReadOnly(text: string): boolean {
  return /^\s*(?:begin|start transaction)\b.*\bread only\b/i.test(text)
}

// Words at the beginning of a statement, behind comments; what may stand anywhere.
const comment = String.raw`(?:\s|--[^\n]*\n|\/\*[^]*?\*\/)*`
const dirtying = new RegExp(
  String.raw`(?:^|;)${comment}(?:set\s(?!\s*(?:local|transaction|constraints)\b)|listen|prepare|load|discard|deallocate|declare|reset)\b` +
    String.raw`|\btemp(?:orary)?\b|\bset_config\b|\bpg_(?:try_)?advisory_lock`,
  'i',
)

/** What was found out of statements, which are mostly the same ones. */
const known = new Map<string, boolean>()
const mostKnown = 1_000

/** Whether a statement leaves something in the session: a setting, a temporary table, a prepared statement, a lock. */
export function leavesSomething(text: string): boolean {
  let found = known.get(text)
  if (found === undefined) {
    found = dirtying.test(text)
    if (known.size >= mostKnown) known.clear()
    known.set(text, found)
  }
  return found
}
