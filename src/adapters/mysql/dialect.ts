/** How MySQL and MariaDB say things. */
import { UsageError } from '../../errors/index.ts'
import type { Dialect } from '../database/driver.ts'
import { UnsupportedError } from '../database/errors.ts'
import type { IsolationLevel, TransactionOptions } from '../database/types.ts'

export const dialect: Dialect = {
  placeholder: () => '?',
  quote: (name) => `\`${name.replaceAll('`', '``')}\``,
  begin: beginTexts,
}

const levels: readonly IsolationLevel[] = ['read uncommitted', 'read committed', 'repeatable read', 'serializable']

function beginTexts({ isolation, readOnly, deferrable }: TransactionOptions): readonly string[] {
  if (deferrable === true) {
    throw new UnsupportedError(
      'MySQL has no deferrable transactions. Leave `deferrable` out: a transaction that only reads sees the same all the time as it is.',
    )
  }
  if (isolation !== undefined && !levels.includes(isolation)) {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`isolation\` is ${JSON.stringify(isolation)}. Give one of: ${levels.join(', ')}.`,
    )
  }
  const mode = readOnly === undefined ? '' : readOnly ? ' read only' : ' read write'
  // It holds for the next transaction of the session alone.
  const level = isolation === undefined ? [] : [`set transaction isolation level ${isolation}`]
  return [...level, `start transaction${mode}`]
}

// Words at the beginning of a statement, behind comments; what may stand anywhere.
const comment = String.raw`(?:\s|--[^\n]*\n|#[^\n]*\n|\/\*[^]*?\*\/)*`
const dirtying = new RegExp(
  String.raw`(?:^|;)${comment}(?:set\s(?!\s*transaction\b)|use|lock|prepare|handler|load)\b` +
    String.raw`|\btemporary\b|\bget_lock\b|@|\bcall\b`,
  'i',
)

/** Whether a statement leaves something in the session: a setting, a variable, a temporary table, a lock. */
export function leavesSomething(text: string): boolean {
  return dirtying.test(text)
}

/** Whether a statement ends a transaction, wholly or back to a savepoint. */
export function rollsBack(text: string): 'wholly' | 'partly' | undefined {
  const words = /^\s*(?:(rollback)(?:\s+work)?\s*$|rollback\s+to\b|release\s+savepoint\b)/i.exec(text)
  return words === null ? undefined : words[1] === undefined ? 'partly' : 'wholly'
}
