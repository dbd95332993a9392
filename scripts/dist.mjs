// Reads the built JavaScript and refuses what does not run everywhere it must: `using` declarations and top-level await
// anywhere; in what the root reaches also imports of `node:` or packages, and the globals that Node 22 does not have,
// unless they are asked for with `typeof` or as a property of `globalThis`.

import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript-5.9'

const newGlobals = ['DisposableStack', 'AsyncDisposableStack', 'SuppressedError']
const root = 'dist/index.js'

const faults = globSync('dist/**/*.js').flatMap((file) => syntaxFaults(file))
const reached = existsSync(root) ? reachedFrom(root) : new Set()
for (const file of reached) faults.push(...importFaults(file), ...globalFaults(file))

if (reached.size === 0) faults.push(`${root} is missing: run \`npm run build\` first`)
for (const fault of faults) console.log(fault)
console.log(`${reached.size} files belong to the root`)
console.log(faults.length === 0 ? '1 passed, 0 failed' : '0 passed, 1 failed')
process.exitCode = faults.length === 0 ? 0 : 1

function syntaxFaults(file) {
  return findNodes(file, (node, { inFunction }) => {
    if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Using) !== 0) return 'using'
    const awaits = ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined)
    return awaits && !inFunction ? 'top-level await' : undefined
  })
}

function importFaults(file) {
  return importsOf(file)
    .filter((specifier) => !specifier.startsWith('.'))
    .map((specifier) => `${file}: imports ${specifier}`)
}

function globalFaults(file) {
  return findNodes(file, (node) => {
    if (!ts.isIdentifier(node) || !newGlobals.includes(node.text)) return undefined
    const { parent } = node
    const isName = parent.name === node || parent.propertyName === node || ts.isExportSpecifier(parent)
    return isName || ts.isTypeOfExpression(parent) ? undefined : `${node.text} without \`globalThis.\``
  })
}

/** The file and all it imports, directly or not. */
function reachedFrom(file, seen = new Set()) {
  seen.add(file)
  for (const specifier of importsOf(file)) {
    const target = join(dirname(file), specifier)
    if (specifier.startsWith('.') && !seen.has(target)) reachedFrom(target, seen)
  }
  return seen
}

function importsOf(file) {
  return ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles.map(({ fileName }) => fileName)
}

function findNodes(file, faultOf) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const found = []
  visit(source, { inFunction: false })
  return found

  function visit(node, place) {
    const fault = faultOf(node, place)
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
    if (fault !== undefined) found.push(`${file}:${line + 1}: ${fault}`)
    const inside = ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node) ? { inFunction: true } : place
    ts.forEachChild(node, (child) => visit(child, inside))
  }
}
