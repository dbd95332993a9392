// Turns an example into a module that can be checked and run: what its comments claim becomes assertions.
//
//   expression // => value            deep equality
//   const name = … // => value        the same, of what was declared
//   expression // => throws Name      it throws, or rejects with, an error of that name; `Name: text` wants the text, too
//
// No line moves: line n of the example is line n + 1 of the module.

import ts from 'typescript-5.9'

/** The names that the package exports: a map from the name to `{ from, isType }`. */
export function exportedNames(entries) {
  const options = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ESNext, types: [] }
  const program = ts.createProgram(
    entries.map(({ types }) => types),
    options,
  )
  const checker = program.getTypeChecker()
  const names = new Map()
  for (const { name, types } of entries) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(types))
    for (const symbol of checker.getExportsOfModule(module)) {
      const { flags } = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      const isType = (flags & ts.SymbolFlags.Value) === 0
      if (!names.has(symbol.name)) names.set(symbol.name, { from: name, isType })
    }
  }
  return names
}

export function rewrite({ code, autoImport }, exported) {
  const source = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true)
  const edits = []
  visit(source)
  const imports = [`import { $equal, $throws } from '../scripts/doc-examples/claims.ts'`]
  if (autoImport) imports.push(...missingImports(source, exported))
  return `${imports.join('; ')}; export {}\n${apply(code, edits)}\n`

  function visit(node) {
    const claim = ts.isStatement(node) ? claimAfter(node) : undefined
    if (claim !== undefined) claimed(node, claim)
    else ts.forEachChild(node, visit)
  }

  function claimAfter(node) {
    if (!ts.isExpressionStatement(node) && !ts.isVariableStatement(node)) return undefined
    return /^;?[ \t]*\/\/ => (.*)/.exec(code.slice(node.end))?.[1]
  }

  function claimed(node, claim) {
    const [, name, text = ''] = /^throws (\w+)(?:: (.*))?$/.exec(claim) ?? []
    const wanted = `${JSON.stringify(name)}, ${JSON.stringify(text)}`
    if (ts.isVariableStatement(node)) {
      const [{ name: variable }] = node.declarationList.declarations
      edits.push([node.end, `; $equal(${variable.getText(source)}, (${claim}));`])
      return
    }
    const start = node.getStart(source)
    const end = node.expression.end
    if (name === undefined) edits.push([start, '$equal('], [end, `, (${claim}))`])
    else if (hasAwait(node)) edits.push([start, 'await $throws(async () => '], [end, `, ${wanted})`])
    else edits.push([start, '$throws(() => '], [end, `, ${wanted})`])
  }
}

function hasAwait(node) {
  if (ts.isFunctionLike(node)) return false
  return ts.isAwaitExpression(node) || ts.forEachChild(node, hasAwait) === true
}

/** Imports of the package's names that the example uses and does not declare. */
function missingImports(source, exported) {
  const used = new Set()
  const declared = new Set()
  collect(source)
  return [...used]
    .filter((name) => exported.has(name) && !declared.has(name))
    .map((name) => {
      const { from, isType } = exported.get(name)
      return `import ${isType ? 'type ' : ''}{ ${name} } from '${from}'`
    })

  function collect(node) {
    if (ts.isIdentifier(node)) {
      const isName = node.parent.name === node
      if (!isName) used.add(node.text)
      else if (!ts.isPropertyAccessExpression(node.parent) && !ts.isPropertyAssignment(node.parent))
        declared.add(node.text)
      if (ts.isShorthandPropertyAssignment(node.parent)) used.add(node.text)
    }
    ts.forEachChild(node, collect)
  }
}

function apply(code, edits) {
  let result = code
  for (const [at, text] of edits.toSorted(([a], [b]) => b - a)) result = result.slice(0, at) + text + result.slice(at)
  return result
}
