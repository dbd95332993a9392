/** The cancel tree against a model that looks everything up from scratch, and at the size of thousands of scopes. */
import fc from 'fast-check'
import { CancelScope, checkpoint, sleep, within } from 'withal'
import { describe, expect, test } from 'vitest'
import { ScopeNode } from '../scope.ts'

/** What a scope is, plainly. */
interface Model {
  readonly parent: Model | undefined
  shield: boolean
  own: boolean
  /** Where its cancellation came from when it ended. */
  atEnd: { readonly origin: Model | undefined } | undefined
}

/** The scope whose cancellation reaches this one: the outermost, up to a shield. */
function originOf(model: Model): Model | undefined {
  if (model.atEnd !== undefined) return model.atEnd.origin
  const above = model.shield || model.parent === undefined ? undefined : originOf(model.parent)
  return above ?? (model.own ? model : undefined)
}

const index = fc.nat({ max: 30 })
const command = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('open' as const), index, shield: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('shield' as const), index, shield: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), index }) },
)

interface Pair {
  readonly node: ScopeNode
  readonly model: Model
}

function open(parent: Pair | undefined, shield: boolean): Pair {
  const model = { parent: parent?.model, shield, own: false, atEnd: undefined }
  return { node: new ScopeNode(parent?.node, shield, true), model }
}

function end({ node, model }: Pair, all: readonly Pair[]): void {
  for (const child of all) if (child.model.parent === model && child.model.atEnd === undefined) child.model.own = true
  model.atEnd = { origin: originOf(model) }
  node.end()
}

describe('the cancel tree', () => {
  test('CS-09 CS-11 CS-13 CS-14 each scope is cancelled by the one the model says', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 50, size: 'max' }), (commands) => {
        const all: Pair[] = [open(undefined, false)]
        for (const step of commands) {
          const living = all.filter(({ model }) => model.atEnd === undefined)
          const pair = living[step.index % living.length]
          if (pair === undefined) break
          if (step.kind === 'open') all.push(open(pair, step.shield))
          else if (step.kind === 'end') end(pair, all)
          else if (step.kind === 'cancel') {
            pair.node.cancel()
            pair.model.own = true
          } else {
            pair.node.shield = step.shield
            pair.model.shield = step.shield
          }
          const expected = all.map(({ model }) => all.findIndex((other) => other.model === originOf(model)))
          const actual = all.map(({ node }) => all.findIndex((other) => other.node === node.cancelled?.scope))
          expect(actual).toEqual(expected)
        }
        for (const { node } of all) expect(node.signal.aborted).toBe(node.cancelled !== undefined)
      }),
      { numRuns: 1000 },
    )
  })

  test('CS-02 CS-14 a listener is in it exactly as long as it has not been taken out, in any order', () => {
    const actions = fc.array(fc.record({ take: fc.nat({ max: 9 }), among: fc.constantFrom('before', 'during') }))
    fc.assert(
      fc.property(actions, (takes) => {
        const node = new ScopeNode(undefined)
        const told: number[] = []
        const during = new Map(takes.filter(({ among }) => among === 'during').map(({ take }, by) => [by % 10, take]))
        const removers = Array.from({ length: 10 }, (_, id) =>
          node.listen(() => {
            told.push(id)
            const other = during.get(id)
            if (other !== undefined) removers[other]!()
          }),
        )
        const out = new Set<number>()
        const takeOut = (id: number): void => {
          removers[id]!()
          out.add(id)
        }
        for (const { take, among } of takes) if (among === 'before') takeOut(take)
        node.cancel()
        const expected: number[] = []
        for (let id = 9; id >= 0; id--) {
          if (out.has(id)) continue
          expected.push(id)
          const other = during.get(id)
          if (other !== undefined && other < id) out.add(other)
        }
        expect(told).toEqual(expected)
      }),
    )
  })
})

describe('thousands of scopes', () => {
  test('CS-56 nested in each other are cancelled at once, each told once', () => {
    const told: number[] = []
    const top = new ScopeNode(undefined)
    let node = top
    for (let depth = 0; depth < 100_000; depth++) {
      node = new ScopeNode(node)
      node.listen(() => told.push(depth))
    }
    top.cancel()
    expect(node.cancelled).toBe(top.own)
    expect(told).toHaveLength(100_000)
    expect(new Set(told).size).toBe(100_000)
  })

  test('CS-56 in one are each told once, and take themselves out', () => {
    const top = new ScopeNode(undefined)
    const told: number[] = []
    const nodes = Array.from({ length: 50_000 }, (_, id) => {
      const node = new ScopeNode(top)
      node.listen(() => told.push(id))
      return node
    })
    for (const node of nodes.splice(0, 25_000)) node.end()
    top.cancel()
    expect(new Set(told).size).toBe(25_000)
    expect(told).toHaveLength(25_000)
    for (const node of nodes) node.end()
    expect(top.hasOpenChildren).toBe(false)
  })

  test('CS-56 of blocks nested in each other unwind when the outermost is cancelled', async () => {
    const caught: boolean[] = []
    const nest = async (depth: number): Promise<void> => {
      await checkpoint()
      if (depth === 0) return sleep(60_000)
      const scope = new CancelScope()
      await within(scope, () => nest(depth - 1)).finally(() => caught.push(scope.caught))
    }
    const outer = new CancelScope()
    await within(outer, async () => {
      const nested = nest(3000)
      await checkpoint({ macrotask: true })
      outer.cancel()
      await nested
    })
    expect(outer.caught).toBe(true)
    expect(caught).toHaveLength(3000)
    expect(caught.some(Boolean)).toBe(false)
  })
})
