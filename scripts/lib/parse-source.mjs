/**
 * @file Reads one source file into plain facts (imports, functions, literals, globals) with TypeScript's parser.
 * `check-layers.mjs` judges the facts; nothing here knows a rule.
 */
import ts from 'typescript'

/**
 * @typedef {{ text: string, line: number }} Mention
 * @typedef {{ name: string, line: number, lines: number, suite: boolean }} FunctionFact
 *   `suite` marks the callback of a `describe`, which holds tests rather than logic.
 * @typedef {{
 *   path: string, lineCount: number, hasHeader: boolean,
 *   imports: Mention[], strings: Mention[], globals: Mention[], opNames: string[], functions: FunctionFact[]
 * }} SourceFacts
 * @typedef {{ source: ts.SourceFile, facts: SourceFacts, declared: Set<string> }} Scan
 */

/**
 * @param {string} path as shown in messages
 * @param {string} text the file's content
 * @returns {SourceFacts}
 */
export function parseSource(path, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  /** @type {SourceFacts} */
  const facts = {
    path,
    lineCount: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    hasHeader: /^(#!.*\n)?\/\*\*[^/]*?@file\s/.test(text),
    imports: [],
    strings: [],
    globals: [],
    opNames: [],
    functions: [],
  }
  const scan = { source, facts, declared: new Set() }
  visit(source, scan)
  facts.globals = facts.globals.filter((use) => !scan.declared.has(use.text))
  return facts
}

/** @param {ts.Node} node @param {Scan} scan */
function visit(node, scan) {
  const specifier = importSpecifier(node)
  if (specifier) scan.facts.imports.push(mention(specifier, specifier.text, scan))
  else if (ts.isStringLiteralLike(node)) scan.facts.strings.push(mention(node, node.text, scan))
  if (isFunctionWithBody(node)) scan.facts.functions.push(functionFact(node, scan))
  noteDefinedOp(node, scan)
  noteGlobal(node, scan)
  ts.forEachChild(node, (child) => {
    if (child !== specifier) visit(child, scan)
  })
}

/**
 * The module a node imports: static import, re-export, `import('...')` as expression or as type.
 * @param {ts.Node} node
 * @returns {ts.StringLiteralLike | undefined}
 */
function importSpecifier(node) {
  const target =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
        ? node.arguments[0]
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : undefined
  return target && ts.isStringLiteralLike(target) ? target : undefined
}

/** @param {ts.Node} node @returns {node is ts.FunctionLikeDeclaration} */
function isFunctionWithBody(node) {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined
}

/** @param {ts.FunctionLikeDeclaration} node @param {Scan} scan @returns {FunctionFact} */
function functionFact(node, { source }) {
  const first = lineOf(node.getStart(source), source)
  const last = lineOf(node.end, source)
  const parent = node.parent
  const named =
    node.name ?? (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name : undefined)
  return {
    name: named ? named.getText(source) : ts.isConstructorDeclaration(node) ? 'constructor' : '(anonymous)',
    line: first,
    lines: last - first + 1,
    suite: ts.isCallExpression(parent) && parent.expression.getText(source).startsWith('describe'),
  }
}

/** An object that has `traits` beside a literal `name` defines an op. @param {ts.Node} node @param {Scan} scan */
function noteDefinedOp(node, { facts }) {
  if (!ts.isObjectLiteralExpression(node)) return
  const properties = new Map(node.properties.map((property) => [property.name?.getText(), property]))
  const name = properties.get('name')
  if (!properties.has('traits') || !name || !ts.isPropertyAssignment(name)) return
  if (ts.isStringLiteralLike(name.initializer)) facts.opNames.push(name.initializer.text)
}

/**
 * Notes identifiers that are read as values, and `Math.x`, `globalThis.x` and `self.x`. A name that the file declares
 * anywhere counts as its own everywhere in it: no scopes are tracked.
 * @param {ts.Node} node @param {Scan} scan
 */
function noteGlobal(node, scan) {
  const { globals } = scan.facts
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    const owner = node.expression.text
    if (owner === 'Math') globals.push(mention(node, `Math.${node.name.text}`, scan))
    if (owner === 'globalThis' || owner === 'self') globals.push(mention(node, node.name.text, scan))
  }
  if (!ts.isIdentifier(node)) return
  const { parent } = node
  const isName = 'name' in parent && parent.name === node && !ts.isShorthandPropertyAssignment(parent)
  if (!isName && !ts.isTypeNode(parent)) globals.push(mention(node, node.text, scan))
  if (isName && !isMember(parent)) scan.declared.add(node.text)
}

/** Members are reached through their owner, so their names hide no global. @param {ts.Node} node */
function isMember(node) {
  return (
    ts.isPropertyAccessExpression(node) ||
    ts.isClassElement(node) ||
    ts.isTypeElement(node) ||
    ts.isObjectLiteralElement(node)
  )
}

/** @param {ts.Node} node @param {string} text @param {Scan} scan @returns {Mention} */
function mention(node, text, { source }) {
  return { text, line: lineOf(node.getStart(source), source) }
}

/** @param {number} position @param {ts.SourceFile} source */
function lineOf(position, source) {
  return source.getLineAndCharacterOfPosition(position).line + 1
}
