import { expectTypeOf } from 'expect-type'
import { Cancelled } from './classes.ts'
import { ErrorGroup, isErrorGroup } from './group.ts'
import { handleErrors } from './handle.ts'
import { leaves } from './leaves.ts'

const mixed = new ErrorGroup([new TypeError('a'), new RangeError('b'), new ErrorGroup([new TypeError('c')])])

class PgError extends Error {
  readonly position: number = 1
}
class HttpError extends Error {
  readonly status: number = 500
}
const isPg = (error: unknown): error is PgError => error instanceof PgError

// What is in it.
expectTypeOf(new ErrorGroup([new PgError()])).toEqualTypeOf<ErrorGroup<PgError>>()
expectTypeOf(new ErrorGroup([new PgError()]).errors).toEqualTypeOf<(PgError | ErrorGroup<PgError>)[]>()
expectTypeOf(mixed).toExtend<AggregateError>()
expectTypeOf(leaves(new ErrorGroup([new PgError()]))).toEqualTypeOf<PgError[]>()
expectTypeOf(leaves(new ErrorGroup([new PgError(), new ErrorGroup(['text'])]))).toEqualTypeOf<(PgError | string)[]>()
expectTypeOf(leaves(new Error('a'))).toEqualTypeOf<unknown[]>()

// A class, several classes and a type guard say what the part holds; a predicate and a pattern do not.
const any: ErrorGroup = new ErrorGroup<unknown>([1])
expectTypeOf(any.subgroup(PgError)).toEqualTypeOf<ErrorGroup<PgError> | undefined>()
expectTypeOf(any.subgroup([PgError, HttpError])).toEqualTypeOf<ErrorGroup<PgError | HttpError> | undefined>()
expectTypeOf(any.subgroup(isPg)).toEqualTypeOf<ErrorGroup<PgError> | undefined>()
expectTypeOf(any.subgroup((error) => String(error) === '1')).toEqualTypeOf<ErrorGroup | undefined>()
expectTypeOf(any.subgroup({ code: 'ENOENT' })).toEqualTypeOf<ErrorGroup | undefined>()
expectTypeOf(any.subgroup(Cancelled)).toEqualTypeOf<ErrorGroup<Cancelled> | undefined>()
expectTypeOf(any.split(PgError)).toEqualTypeOf<[ErrorGroup<PgError> | undefined, ErrorGroup | undefined]>()

// A message in the place of the errors does not compile, although a string is iterable.
// @ts-expect-error the errors come first
expectTypeOf(new ErrorGroup('batch failed'))

// What is no matcher does not compile.
// @ts-expect-error a string
any.split('PgError')
// @ts-expect-error an object that says neither name nor code
any.split({ message: 'a' })
// @ts-expect-error no matcher at all
any.split()
// @ts-expect-error an asynchronous predicate
any.split(async () => true)
// @ts-expect-error the members are read-only
any.errors = []

// Each handler knows what it gets.
await handleErrors(any, [
  [PgError, (part) => expectTypeOf(part).toEqualTypeOf<ErrorGroup<PgError>>()],
  [[PgError, HttpError], (part) => expectTypeOf(leaves(part)).toEqualTypeOf<(PgError | HttpError)[]>()],
  [isPg, (part) => expectTypeOf(part).toEqualTypeOf<ErrorGroup<PgError>>()],
  [{ code: 'X' }, async (part) => expectTypeOf(part).toEqualTypeOf<ErrorGroup>()],
])
// @ts-expect-error a handler without a matcher
await handleErrors(any, [[() => {}]])

const thrown: unknown = any
if (thrown instanceof ErrorGroup) expectTypeOf(thrown.message).toEqualTypeOf<string>()
if (isErrorGroup(thrown)) expectTypeOf(thrown).toEqualTypeOf<ErrorGroup>()
