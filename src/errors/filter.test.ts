import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filterLeaves } from './filter.ts'
import { ErrorGroup } from './group.ts'
import { leaves } from './leaves.ts'
import { suppressedError } from './suppressed.ts'

describe('over any tree of errors', () => {
  class Leaf {
    readonly isWanted: boolean
    constructor(isWanted: boolean) {
      this.isWanted = isWanted
    }
  }
  const leaf = fc.boolean().map((isWanted) => new Leaf(isWanted))
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => {
    const members = fc.array(tie('tree'), { minLength: 1, maxLength: 4 })
    return {
      tree: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        leaf,
        members.map((errors) => new ErrorGroup(errors, 'group')),
        members.map((errors) => new AggregateError(errors, 'aggregate')),
        fc.tuple(tie('tree'), tie('tree')).map(([newer, older]) => suppressedError(newer, older)),
      ),
    }
  })
  const isWanted = (error: unknown): boolean => error instanceof Leaf && error.isWanted
  const property = (check: (error: unknown) => void): void => fc.assert(fc.property(tree, check), { numRuns: 300 })

  test('EG-07 every leaf is in exactly one half, in its old order', () => {
    property((error) => {
      const { kept, dropped } = filterLeaves(error, isWanted)
      expect(kept === undefined ? [] : leaves(kept.error)).toEqual(leaves(error).filter(isWanted))
      expect(dropped === undefined ? [] : leaves(dropped.error)).toEqual(
        leaves(error).filter((each) => !isWanted(each)),
      )
    })
  })

  test('EG-06 what is kept as a whole is the same object', () => {
    property((error) => {
      expect(filterLeaves(error, () => true)).toEqual({ kept: { error } })
      expect(filterLeaves(error, () => true).kept?.error).toBe(error)
      expect(filterLeaves(error, () => false).dropped?.error).toBe(error)
    })
  })

  test('EG-06 filtering what was kept once more changes nothing', () => {
    property((error) => {
      const { kept } = filterLeaves(error, isWanted)
      if (kept !== undefined) expect(filterLeaves(kept.error, isWanted).kept?.error).toBe(kept.error)
    })
  })

  test('EG-06 no group in a half is empty', () => {
    property((error) => {
      const { kept } = filterLeaves(error, isWanted)
      if (kept !== undefined) expect(leaves(kept.error).every((each) => each instanceof Leaf)).toBe(true)
    })
  })
})

test('EG-03 an undefined that was thrown is kept as such', () => {
  expect(filterLeaves(undefined, () => true)).toEqual({ kept: { error: undefined } })
  expect('kept' in filterLeaves(undefined, () => true)).toBe(true)
})

test('EG-07 an empty AggregateError is a leaf', () => {
  const empty = new AggregateError([])
  expect(filterLeaves(new AggregateError([1, empty]), (each) => each === empty).kept).toMatchObject({
    error: { errors: [empty] },
  })
})

test('EG-12 errors that contain each other can be split', () => {
  const loop = new AggregateError([1, 2])
  loop.errors.push(new AggregateError([loop, 3]))
  const { kept, dropped } = filterLeaves(loop, (each) => each === 3)
  expect([leaves(kept?.error), leaves(dropped?.error)]).toEqual([[3], [1, 2]])
})

test('EG-12 an error that contains only itself is a leaf', () => {
  const loop = new AggregateError([])
  loop.errors.push(loop)
  expect(filterLeaves(loop, () => true).kept?.error).toBe(loop)
})

test('EG-12 a group whose parts are shared over and over takes no more time than it has parts', () => {
  let shared: unknown = new ErrorGroup([1, 2])
  for (let level = 0; level < 60; level++) shared = new ErrorGroup([shared, shared])
  const { kept } = filterLeaves(shared, (each) => each === 1)
  expect(new Set(leaves(kept?.error))).toEqual(new Set([1]))
})

test('EG-12 a very long chain of SuppressedErrors can be split', () => {
  let chain: unknown = 'body'
  for (let exit = 0; exit < 100_000; exit++) chain = suppressedError(exit, chain)
  const { kept, dropped } = filterLeaves(chain, (each) => each === 'body')
  expect([kept, leaves(dropped?.error).length]).toEqual([{ error: 'body' }, 100_000])
})

test('EG-25 a SuppressedError that is made anew keeps its cause', () => {
  const older = new ErrorGroup([1, 2])
  const both = Object.assign(suppressedError(1, older), { cause: 'why' })
  expect(filterLeaves(both, (each) => each === 1).kept?.error).toMatchObject({ cause: 'why' })
})
