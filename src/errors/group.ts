/**
 * Several errors in one, as a tree. It is an `AggregateError` that can be taken apart by what is in it, and shows all of
 * it when it is printed. Groups are known by a registered symbol, so that two copies of the package understand each other.
 */
import { type CauseOptions, UsageError } from './classes.ts'
import { brief } from './describe.ts'
import { formatError } from './format.ts'
import { type Found } from './filter.ts'
import { type Matched, type Matcher, splitError } from './match.ts'
import { replaceStack } from './own-stack.ts'
import { groupBrand, isGroupShape } from './shape.ts'
import { errorToJSON, type GroupJSON } from './to-json.ts'

/**
 * Several errors in one. `errors` is a frozen copy of what was given; its members may be any thrown values, other groups
 * among them. `message` and `cause` are as with `Error`; `stack`, `console.log` and `formatError` show the whole tree.
 * `instanceof` also accepts groups made by another copy of the package, and no plain `AggregateError`.
 *
 * @throws UsageError  The errors are not iterable, or there is none: a group always has something in it.
 * @example
 * const group = new ErrorGroup([new TypeError('not a number'), new RangeError('too large')], 'form rejected')
 * const [types, rest] = group.split(TypeError)
 * leaves(types).map(String) // => ['TypeError: not a number']
 * leaves(rest).map(String) // => ['RangeError: too large']
 */
export class ErrorGroup<E = unknown> extends AggregateError {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === ErrorGroup ? isGroupShape(value) : Function.prototype[Symbol.hasInstance].call(this, value)
  }
  readonly code: string = 'WITHAL_ERROR_GROUP'
  /** The members, in the order given. Frozen, although the type of `AggregateError` does not let it say so. */
  declare readonly errors: (E | ErrorGroup<E>)[]

  constructor(errors: Iterable<E | NoInfer<ErrorGroup<E>>> & object, message?: string, options?: CauseOptions) {
    super(listOf(errors), message, options)
    Object.defineProperty(this, 'errors', { value: Object.freeze(this.errors), writable: false })
    replaceStack(this, () => formatError(this))
  }

  /**
   * Splits the group into what matches and the rest. Every leaf is in exactly one of the two, in its old order; both keep
   * the structure, messages, causes, stacks and notes, without the groups that would be empty. A half with nothing in it
   * is `undefined`, one with everything is this very object. A group within that matches is taken whole; a cancellation
   * goes only where it is named (see `matches`).
   *
   * @throws UsageError  The matcher is not a class, a predicate, `{ code }`, `{ name }` or an array of these.
   * @example
   * const group = new ErrorGroup([new TypeError('a'), new ErrorGroup(['b', new TypeError('c')])])
   * const [types, rest] = group.split(TypeError)
   * leaves(types).map(String) // => ['TypeError: a', 'TypeError: c']
   * leaves(rest) // => ['b']
   */
  split<const M extends Matcher>(
    matcher: M,
  ): [matching: ErrorGroup<Matched<M, E>> | undefined, rest: ErrorGroup<E> | undefined] {
    const { kept, dropped } = splitError(this, matcher)
    return [groupIn<Matched<M, E>>(kept), groupIn<E>(dropped)]
  }

  /**
   * The part of the group that matches, as {@link split} has it: the same structure with the matching leaves only.
   * `undefined` when nothing matches, this very object when everything does.
   *
   * @throws UsageError  The matcher is not one, see {@link split}.
   * @example
   * const group = new ErrorGroup([new TypeError('a'), new RangeError('b')])
   * group.subgroup(RangeError)?.errors.map(String) // => ['RangeError: b']
   * group.subgroup(SyntaxError) // => undefined
   */
  subgroup<const M extends Matcher>(matcher: M): ErrorGroup<Matched<M, E>> | undefined {
    return this.split(matcher)[0]
  }

  /**
   * Makes a part of this group that holds the given errors. A subclass with data of its own overrides this, to hand the
   * data on; else its parts are plain groups with the same message. Cause, stack and notes are added by the caller.
   *
   * @example
   * class BatchError extends ErrorGroup {
   *   readonly batch: number
   *   constructor(errors: readonly unknown[], batch: number) {
   *     super(errors, `batch ${batch} failed`)
   *     this.batch = batch
   *   }
   *   override derive(errors: readonly unknown[]) { return new BatchError(errors, this.batch) }
   * }
   * const part = new BatchError([1, 'two'], 7).subgroup((error) => error === 1)
   * part instanceof BatchError && part.batch // => 7
   */
  derive(errors: readonly (E | ErrorGroup<E>)[]): ErrorGroup<E> {
    return new ErrorGroup(errors, this.message)
  }

  /**
   * The group as plain data, with everything in it, as `errorToJSON` has it; `errorFromJSON` restores it.
   *
   * @example
   * new ErrorGroup(['b'], 'a').toJSON().errors // => [{ kind: 'thrown', thrown: 'b' }]
   */
  toJSON(): GroupJSON {
    return errorToJSON(this) as GroupJSON // what a group becomes
  }
}

/** The type of the single errors in a group of type `ErrorGroup<E>`. */
export type LeafOf<E> = E extends ErrorGroup<infer Inner> ? LeafOf<Inner> : E

/**
 * Tells whether a value is an {@link ErrorGroup}, also one made by another copy of the package. The same as `instanceof`.
 *
 * @example
 * isErrorGroup(new AggregateError(['a'])) // => false
 */
export function isErrorGroup(value: unknown): value is ErrorGroup {
  return isGroupShape(value)
}

const printing: PropertyDescriptorMap = {
  name: { value: 'ErrorGroup', writable: true, configurable: true },
  [groupBrand]: { value: (errors: readonly unknown[], message: string) => new ErrorGroup(errors, message) },
  // What `console.log` and `util.inspect` of Node, Bun and Deno ask for.
  [Symbol.for('nodejs.util.inspect.custom')]: { value: printed, writable: true, configurable: true },
}
Object.defineProperties(ErrorGroup.prototype, printing)

function printed(this: ErrorGroup): string {
  return formatError(this)
}

/** Members and message are easily given the wrong way round, and a string is iterable. */
function listOf<T>(errors: Iterable<T>): T[] {
  const given: unknown = errors
  const isList = typeof given === 'object' && given !== null && Symbol.iterator in given
  if (!isList) {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `new ErrorGroup(errors, message) takes an iterable of errors first; got ${brief(given)}.`,
    )
  }
  const list = [...errors]
  if (list.length > 0) return list
  throw new UsageError('WITHAL_INVALID_ARGUMENT', 'An ErrorGroup has at least one error in it; got none.')
}

/** The part of a group is a group: `derive` has been held to that. */
function groupIn<E>(found: Found | undefined): ErrorGroup<E> | undefined {
  return found?.error as ErrorGroup<E> | undefined
}
