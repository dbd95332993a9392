/** EG-26: a matcher for groups. */
import { Cancelled, ErrorGroup, UsageError } from 'withal'
import { groupOf } from 'withal/testing'
import type { GroupMember, GroupOfOptions } from 'withal/testing'
import { expect, test } from 'vitest'
import { thrownAtOnceBy } from '../../test/thrown.ts'

const type = new TypeError('no number')
const range = new RangeError('too large')
const missing = Object.assign(new Error('a.txt'), { code: 'ENOENT' })

const rows: [string, readonly GroupMember[], unknown, boolean, GroupOfOptions?][] = [
  ['a group of one', [TypeError], new ErrorGroup([type]), true],
  ['members in another order', [RangeError, TypeError], new ErrorGroup([type, range]), true],
  ['one member too many', [TypeError], new ErrorGroup([type, range]), false],
  ['one member too few', [TypeError, RangeError], new ErrorGroup([type]), false],
  ['another member', [TypeError], new ErrorGroup([range]), false],
  ['the same kind twice', [TypeError, TypeError], new ErrorGroup([type, new TypeError('another')]), true],
  ['a member that fits several', [Error, TypeError], new ErrorGroup([type, range]), true],
  ['a member said by its code', [{ code: 'ENOENT' }], new ErrorGroup([missing]), true],
  ['a member said by a predicate', [(error) => error === 7], new ErrorGroup([7]), true],
  ['a member that is one of several', [[TypeError, RangeError]], new ErrorGroup([range]), true],
  ['an AggregateError', [TypeError], new AggregateError([type]), true],
  ['a group in a group', [groupOf([TypeError]), RangeError], new ErrorGroup([range, new ErrorGroup([type])]), true],
  ['a group where a single error is expected', [Error], new ErrorGroup([new ErrorGroup([type])]), false],
  ['a single error where a group is expected', [groupOf([TypeError])], new ErrorGroup([type]), false],
  ['a bare error', [TypeError], type, false],
  ['a bare error that may be', [TypeError], type, true, { unwrapped: true }],
  ['another bare error', [TypeError], range, false, { unwrapped: true }],
  ['groups inside', [TypeError, RangeError], new ErrorGroup([new ErrorGroup([range]), type]), false],
  [
    'groups inside, looked through',
    [TypeError, RangeError],
    new ErrorGroup([new ErrorGroup([range]), type]),
    true,
    { flat: true },
  ],
  ['the message', [TypeError], new ErrorGroup([type], 'upload failed'), true, { message: 'upload failed' }],
  ['a message that looks so', [TypeError], new ErrorGroup([type], 'upload failed'), true, { message: /^upload/ }],
  ['another message', [TypeError], new ErrorGroup([type], 'failed'), false, { message: 'upload failed' }],
  ['a cancellation that is not named', [Error], new ErrorGroup([new Cancelled()]), false],
  ['a cancellation that is', [Cancelled], new ErrorGroup([new Cancelled()]), true],
  ['no error at all', [TypeError], undefined, false],
]
test.for(rows)('EG-26 %s', ([, members, error, expected, options]) => {
  expect(groupOf(members, options).matches(error)).toBe(expected)
})

test('EG-26 is understood by expect, which shows what was expected', () => {
  expect(new ErrorGroup([type])).toEqual(groupOf([TypeError]))
  expect({ error: new ErrorGroup([type]) }).toMatchObject({ error: groupOf([TypeError]) })
  const failure = thrownAtOnceBy(() => expect(new ErrorGroup([range])).toEqual(groupOf([TypeError])))
  expect(String(failure)).toContain('a group of [TypeError]')
})

test.for<[string, readonly GroupMember[], GroupOfOptions | undefined]>([
  ['a group of [TypeError, {"code":"ENOENT"}]', [TypeError, { code: 'ENOENT' }], undefined],
  [
    'a group of [what a predicate says, one of TypeError | RangeError]',
    [(error) => error === 7, [TypeError, RangeError]],
    undefined,
  ],
  [
    'a group that says /x/ of [a group of [TypeError]], at any depth, or bare',
    [groupOf([TypeError])],
    { message: /x/, flat: true, unwrapped: true },
  ],
])('EG-26 says what is expected: %s', ([words, members, options]) => {
  expect(String(groupOf(members, options))).toBe(words)
})

test.for<[string, () => unknown]>([
  ['no members', () => groupOf([])],
  ['no list', () => groupOf(TypeError as never)],
  ['several that may come bare', () => groupOf([TypeError, RangeError], { unwrapped: true })],
])('EG-26 %s is refused', ([, call]) => {
  expect(thrownAtOnceBy(call)).toBeInstanceOf(UsageError)
})
