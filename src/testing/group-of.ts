/** What an error consists of, said beforehand: for tests of what comes out of task groups. */
import { isErrorGroup, matches, UsageError } from '../errors/index.ts'
import type { Matcher } from '../errors/index.ts'

/** What is expected in a group: an error that a matcher means, or a group inside. */
export type GroupMember = Matcher | GroupPattern

/** What {@link groupOf} takes besides the members. */
export interface GroupOfOptions {
  /** Whether a single expected member may come without its group. Default: false. */
  readonly unwrapped?: boolean | undefined
  /** Whether groups inside are looked through, so that only the single errors count. Default: false. */
  readonly flat?: boolean | undefined
  /** What the message of the group is, or what it looks like. Default: any. */
  readonly message?: string | RegExp | undefined
}

/** A pattern of a group: for `expect(error).toEqual(pattern)` of vitest and jest, or by `matches` for everybody else. */
export interface GroupPattern {
  /** Tells whether an error is such a group. */
  matches(error: unknown): boolean
  /** The same, under the name by which vitest and jest ask. */
  asymmetricMatch(error: unknown): boolean
  /** What is expected, in words. */
  toString(): string
}

/**
 * Expects a group with exactly these members, in any order; any `AggregateError` counts as one. A cancellation is meant only by what
 * names it, as everywhere.
 *
 * @throws UsageError  No members, or an option that makes no sense.
 * @example
 * const failing = (error: Error) => async () => { throw error }
 * const thrown = await within(new TaskGroup({ supervise: true }), (group) => {
 *   group.spawn(failing(new RangeError('too large')))
 *   group.spawn(failing(new TypeError('no number')))
 * }).catch((error) => error)
 * groupOf([TypeError, RangeError]).matches(thrown) // => true
 * groupOf([TypeError]).matches(thrown) // => false
 */
export function groupOf(members: readonly GroupMember[], options: GroupOfOptions = {}): GroupPattern {
  if (!Array.isArray(members) || members.length === 0) {
    throw new UsageError('WITHAL_INVALID_ARGUMENT', '`groupOf` got no members. Give a list of at least one.')
  }
  if (options.unwrapped === true && members.length > 1) {
    throw new UsageError('WITHAL_INVALID_ARGUMENT', '`unwrapped` with several members: only one can come bare.')
  }
  return new Pattern(members as readonly GroupMember[], options) // it is a list
}

class Pattern implements GroupPattern {
  /** By this jest and vitest know what to show as text. */
  readonly $$typeof: symbol = Symbol.for('jest.asymmetricMatcher')
  readonly #members: readonly GroupMember[]
  readonly #options: GroupOfOptions

  constructor(members: readonly GroupMember[], options: GroupOfOptions) {
    this.#members = members
    this.#options = options
  }

  matches(error: unknown): boolean {
    if (!isGroup(error)) return this.#options.unwrapped === true && isMeant(error, this.#members[0]!) // there is one
    if (!this.#isMessage(error.message)) return false
    const errors = this.#options.flat === true ? singles(error) : error.errors
    return errors.length === this.#members.length && canBePaired(errors, this.#members)
  }

  asymmetricMatch(error: unknown): boolean {
    return this.matches(error)
  }

  toString(): string {
    const { message, flat, unwrapped } = this.#options
    const said = message === undefined ? '' : ` that says ${String(message)}`
    const how = [flat === true && 'at any depth', unwrapped === true && 'or bare'].filter((word) => word !== false)
    return `a group${said} of [${this.#members.map(wordsOf).join(', ')}]${how.map((word) => `, ${word}`).join('')}`
  }

  /** What vitest and jest show. */
  toAsymmetricMatcher(): string {
    return this.toString()
  }

  #isMessage(message: string): boolean {
    const { message: expected } = this.#options
    return expected === undefined || (typeof expected === 'string' ? message === expected : expected.test(message))
  }
}

/** Node's `inspect`, and so its `assert`, asks for it by this symbol. It is no member, which would have to be typed. */
Object.defineProperty(Pattern.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value(this: Pattern): string {
    return this.toString()
  },
})

function isGroup(error: unknown): error is AggregateError {
  return isErrorGroup(error) || error instanceof AggregateError
}

function singles(group: AggregateError): unknown[] {
  return group.errors.flatMap((error: unknown) => (isGroup(error) ? singles(error) : [error]))
}

function isMeant(error: unknown, member: GroupMember): boolean {
  if (member instanceof Pattern) return member.matches(error)
  return !isGroup(error) && matches(error, member as Matcher) // the only pattern there is was asked above
}

/** Whether each error can be given a member of its own: one that would fit several is not given to the wrong one. */
function canBePaired(errors: readonly unknown[], members: readonly GroupMember[]): boolean {
  const [error, ...others] = errors
  if (errors.length === 0) return true
  return members.some((member, index) => isMeant(error, member) && canBePaired(others, members.toSpliced(index, 1)))
}

function wordsOf(member: GroupMember): string {
  if (member instanceof Pattern) return member.toString()
  if (typeof member === 'function') return member.name || 'what a predicate says'
  return Array.isArray(member) ? `one of ${member.map(wordsOf).join(' | ')}` : JSON.stringify(member)
}
