/** Reads what files import, and finds the circles in it. */
import { posix } from 'node:path'
import ts from 'typescript-5.9'

export interface Import {
  /** The file, as its path from src/. */
  readonly from: string
  readonly line: number
  readonly text: string
  readonly specifier: string
  readonly typeOnly: boolean
}

/** The file that a relative import leads to. */
export function targetOf({ from, specifier }: Pick<Import, 'from' | 'specifier'>): string {
  return posix.join(posix.dirname(from), specifier)
}

/** Everything a file imports, in any form: statements, re-exports, `import('…')` as a value or a type, `require`. */
export function importsOf(from: string, text: string): Import[] {
  const source = ts.createSourceFile(from, text, ts.ScriptTarget.Latest)
  const found: Import[] = []
  visit(source)
  return found

  function visit(node: ts.Node): void {
    const specifier = specifierOf(node)
    if (specifier !== undefined) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
      found.push({ from, line: line + 1, text: node.getText(source), specifier, typeOnly: isTypeOnly(node) })
    }
    ts.forEachChild(node, visit)
  }
}

function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return textOf(node.moduleSpecifier)
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : undefined
  if (!ts.isCallExpression(node)) return undefined
  const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword
  return isImport || (ts.isIdentifier(node.expression) && node.expression.text === 'require')
    ? textOf(node.arguments[0])
    : undefined
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true
  if (ts.isExportDeclaration(node)) return node.isTypeOnly
  if (!ts.isImportDeclaration(node)) return false
  const clause = node.importClause
  const names = clause?.namedBindings
  if (clause?.isTypeOnly === true) return true
  return (
    clause?.name === undefined &&
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.every((name) => name.isTypeOnly)
  )
}

/** Each cycle once, as the path around it. */
export function findCycles(nodes: readonly string[], links: readonly Import[]): string[] {
  const relative = links.filter(({ specifier }) => specifier.startsWith('.'))
  const done = new Set<string>()
  const cycles: string[] = []
  for (const node of nodes) follow(node, [])
  return cycles

  function follow(node: string, path: readonly string[]): void {
    const seen = path.indexOf(node)
    if (seen >= 0) cycles.push([...path.slice(seen), node].join(' → '))
    if (seen >= 0 || done.has(node)) return
    for (const link of relative) if (link.from === node) follow(targetOf(link), [...path, node])
    done.add(node)
  }
}
