import { describe, expect, test } from 'vitest'
import { Cancelled, TaskCancelledError, UsageError } from './classes.ts'
import { isCancellation, matches, splitError, type Matcher } from './match.ts'
import { suppressedError } from './suppressed.ts'

const missing = Object.assign(new Error('no such file'), { code: 'ENOENT' })
const abort = (cause?: unknown): Error =>
  Object.assign(new Error('aborted', { cause }), { name: 'AbortError', code: 'ABORT_ERR' })

class Sub extends TypeError {}
function isText(error: unknown): boolean {
  return error === 'text'
}
/** What compilers for old platforms make of a class. */
function OldStyle(this: { message: string }): void {
  this.message = 'old'
}
OldStyle.prototype.describe = (): string => 'old'

describe('EG-08 a matcher', () => {
  test.each<[string, unknown, Matcher, boolean]>([
    ['its class', new TypeError('a'), TypeError, true],
    ['a class above its own', new Sub('a'), TypeError, true],
    ['a class below its own', new TypeError('a'), Sub, false],
    ['one of several classes', new TypeError('a'), [RangeError, TypeError], true],
    ['none of several classes', new TypeError('a'), [RangeError, SyntaxError], false],
    ['no class at all', new TypeError('a'), [], false],
    ['a class that is no error', new Map(), Map, true],
    ['a platform class', new DOMException('a'), DOMException, true],
    [
      'a class made of a function',
      new (OldStyle as unknown as new () => object)(),
      OldStyle as unknown as Matcher,
      true,
    ],
    ['a predicate that says yes', 'text', (error) => error === 'text', true],
    ['a predicate that says no', 'text', () => false, false],
    ['a function with a prototype', 'text', isText, true],
    ['its code', missing, { code: 'ENOENT' }, true],
    ['another code', missing, { code: 'EACCES' }, false],
    ['a code that is a number', { code: 1064 }, { code: 1064 }, true],
    ['a code of another type', { code: 1064 }, { code: '1064' }, false],
    ['its name', missing, { name: 'Error' }, true],
    ['name and code', missing, { name: 'Error', code: 'ENOENT' }, true],
    ['name but not code', missing, { name: 'Error', code: 'X' }, false],
    ['a code beside other matchers', missing, [TypeError, { code: 'ENOENT' }], true],
    ['a class, for undefined', undefined, Error, false],
    ['a code, for undefined', undefined, { code: 'X' }, false],
  ])('EG-08 %s', (_, error, matcher, expected) => {
    expect(matches(error, matcher)).toBe(expected)
  })

  test.each([
    ['text', '"text"'],
    [undefined, 'undefined'],
    [{}, '[object]'],
    [{ message: 'a' }, 'an object with message'],
    [{ code: 'X', status: 1 }, 'an object with code, status'],
    [{ code: undefined }, 'an object with code'],
    [new Error('a'), '[Error: a]'],
  ])('EG-08 %o is refused, and the text says so', (matcher, text) => {
    expect(() => matches('a', matcher as Matcher)).toThrow(UsageError)
    expect(() => matches('a', matcher as Matcher)).toThrow(`got ${text}`)
  })

  test('EG-08 a predicate that answers later is refused', () => {
    const later = (async () => true) as unknown as Matcher
    expect(() => matches('a', later)).toThrow('must answer at once')
  })
})

describe('EG-22 a cancellation', () => {
  const cancelled = new Cancelled()
  test.each<[string, unknown, Matcher, boolean]>([
    ['Error', cancelled, Error, false],
    ['Object', cancelled, Object, false],
    ['several classes', cancelled, [TypeError, Error], false],
    ['Error, for the AbortError of a platform function', abort(cancelled), Error, false],
    ['Error, for an AbortError caused by such', abort(abort(cancelled)), Error, false],
    ['Error, for an AbortError of somebody else', abort(), Error, true],
    ['Error, for an error caused by it', new Error('a', { cause: cancelled }), Error, true],
    ['Error, for a TaskCancelledError', new TaskCancelledError('a'), Error, true],
    ['Cancelled', cancelled, Cancelled, true],
    ['Cancelled, for the AbortError of a platform function', abort(cancelled), Cancelled, true],
    ['Cancelled, for an AbortError of somebody else', abort(), Cancelled, false],
    ['Cancelled among other classes', cancelled, [Error, Cancelled], true],
    ['its name', cancelled, { name: 'AbortError' }, true],
    ['its code', cancelled, { code: 'ABORT_ERR' }, true],
    ['a predicate', cancelled, (error) => error === cancelled, true],
  ])('EG-22 and %s', (_, error, matcher, expected) => {
    expect(matches(error, matcher)).toBe(expected)
  })

  test('EG-22 a subclass of Cancelled names its own', () => {
    class Mine extends Cancelled {}
    expect([matches(new Mine(), Mine), matches(cancelled, Mine), matches(new Mine(), Cancelled)]).toEqual([
      true,
      false,
      true,
    ])
  })

  test('EG-22 an AbortError that is its own cause is no cancellation', () => {
    const loop = abort()
    loop.cause = loop
    expect(isCancellation(loop)).toBe(false)
  })

  test('EG-22 beside a real error goes its own way', () => {
    const both = suppressedError(cancelled, missing)
    expect(splitError(both, Error)).toEqual({ kept: { error: missing }, dropped: { error: cancelled } })
  })
})
