/**
 * @file Writes docs/layers.md from the declarations: schemas give the arguments, the comments in the source the sentences.
 * Works on the compiled library (`npm run docs`) and on its source (the test that the page is up to date).
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { argumentTable, commentAbove, markdownTable, paragraphsOf, withoutRepetition } from './doc-page.mjs'

/**
 * @typedef {import('./doc-page.mjs').Field} Field
 * @typedef {{ name: string, className?: string, schema: import('./doc-page.mjs').Schema }} LayerClass
 * @typedef {(args?: object) => { className: string, config: { [name: string]: unknown } }} Factory
 * @typedef {{
 *   layerClasses: readonly LayerClass[],
 *   activations: { [name: string]: { doc: string } },
 *   initializers: { [name: string]: Factory },
 *   regularizers: { [name: string]: Factory },
 *   constraints: { [name: string]: Factory },
 * }} Declarations
 */

const INTRODUCTION = `# Layers

Written by \`npm run docs\` from the declarations in \`src/nn\`; a test fails when it is out of date. Names, defaults and formulas
are Keras's, arguments go into one object: \`layers.conv2d({ filters: 64, kernelSize: 3 })\`. All layers also take \`name\` (counted
up when it is left out: \`conv2d\`, \`conv2d_1\`) and \`trainable\` (true). N counts the pictures of a batch. How networks are put
together from these, and which convolution is which, is in [recipes.md](recipes.md).
`

/**
 * @param {string} root folder of the project
 * @param {Declarations} declarations
 * @returns {string} the page, Markdown
 */
export function renderLayerPage(root, declarations) {
  const nn = join(root, 'src/nn')
  const folder = join(nn, 'layers')
  const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  const factories = sources.flatMap((name) => factoriesIn(readFileSync(join(folder, name), 'utf8')))
  const sections = declarations.layerClasses.map((layer) => layerSection(layer, factories))
  const contents = sections.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(', ')
  const table = (/** @type {'initializers' | 'regularizers' | 'constraints'} */ kind) =>
    namedTable(kind, declarations[kind], readFileSync(join(nn, `${kind}.ts`), 'utf8'))
  return [
    INTRODUCTION,
    `${contents}; [activations](#activations), [initializers](#initializers), [regularizers](#regularizers), [constraints](#constraints).\n`,
    ...sections.map(({ text }) => text),
    activationTable(declarations.activations),
    table('initializers'),
    table('regularizers'),
    table('constraints'),
  ].join('\n')
}

/**
 * The functions of a source file that make layers, with the comments above them.
 *
 * @param {string} source
 */
function factoriesIn(source) {
  const pattern = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport function (\w+)\([^)]*\): (\w+) \{/g
  return [...source.matchAll(pattern)].map(([, comment, name, className]) => ({
    name: /** @type {string} */ (name),
    className: /** @type {string} */ (className),
    comment: paragraphsOf(/** @type {string} */ (comment)),
  }))
}

/**
 * @param {LayerClass} layer
 * @param {ReturnType<typeof factoriesIn>} factories
 */
function layerSection(layer, factories) {
  const className = layer.className ?? layer.name
  const factory = factories.find((each) => each.className === className)
  if (!factory) throw new Error(`no documented function makes ${className}`)
  const address = factory.comment.join(' ').match(/Keras: (https:[^ ;]+)/)?.[1]
  const sentences = factory.comment.map(withoutRepetition).filter(Boolean)
  const lines = [`## ${factory.name}\n`, `${sentences.join('\n\n')}\n`, `In Keras: [${className}](${address}).\n`]
  if (Object.keys(layer.schema).length > 0) lines.push(argumentTable(layer.schema, kindOf))
  return { name: factory.name, text: lines.join('\n') }
}

/** Arguments whose values have a section of their own. */
const SECTIONS = ['initializer', 'regularizer', 'constraint', 'activation']

/**
 * @param {string} name
 * @param {Field} field
 */
function kindOf(name, { expects }) {
  const section = SECTIONS.find((kind) => name.toLowerCase().endsWith(kind))
  if (!section) return expects
  const article = /^[aeiou]/.test(section) ? 'an' : 'a'
  return `${article} [${section}](#${section}s)${expects.endsWith(' or null') ? ' or null' : ''}`
}

/** @param {Declarations['activations']} activations */
function activationTable(activations) {
  const rows = Object.entries(activations).map(([name, { doc }]) => [`\`"${name}"\``, doc])
  return `## activations\n\n${markdownTable(['name', 'of x'], rows)}`
}

/**
 * @param {string} kind
 * @param {{ [name: string]: Factory }} factories
 * @param {string} source where each has a comment above it
 */
function namedTable(kind, factories, source) {
  const rows = Object.entries(factories).map(([name, make]) => {
    const { className, config } = make()
    const defaults = Object.entries(config).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    const args = defaults.length > 0 ? `{ ${defaults.join(', ')} }` : ''
    return [`\`${kind}.${name}(${args})\``, className, commentAbove(name, source).join(' ')]
  })
  const usage = `By name (\`"${Object.keys(factories)[0]}"\`) or, with arguments, as what these functions return; shown with their defaults.\n`
  return `## ${kind}\n\n${usage}\n${markdownTable(['call', 'Keras', ''], rows)}`
}
