/**
 * @file Writes docs/compile-and-fit.md from the declarations: losses, metrics, optimizers, schedules, callbacks and the methods
 * that train, with all arguments. Works on the compiled library (`npm run docs`) and on its source.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { argumentTable, commentAbove, withoutRepetition } from './doc-page.mjs'

/**
 * @typedef {import('./doc-page.mjs').Schema} Schema
 * @typedef {{ readonly schema: Schema }} Factory
 * @typedef {{ [name: string]: Factory }} Factories
 * @typedef {{
 *   losses: Factories,
 *   metrics: Factories,
 *   optimizers: { [name: string]: () => { constructor: unknown } },
 *   schedules: Factories,
 *   callbacks: Factories,
 *   methods: { [name: string]: Schema },
 * }} TrainingDeclarations
 */

const INTRODUCTION = `# What compile and fit take

Written by \`npm run docs\` from the declarations in \`src/nn\` and \`src/train\`; a test fails when it is out of date. Names, defaults
and formulas are Keras's; names may be spelled as in Keras, too. What differs, and how all this is used, is in
[training.md](training.md). N counts the pictures of a batch, K the outputs of a network for each.
`

/**
 * @param {string} root folder of the project
 * @param {TrainingDeclarations} declarations
 * @returns {string} the page, Markdown
 */
export function renderTrainingPage(root, { losses, metrics, optimizers, schedules, callbacks, methods }) {
  const source = (/** @type {string} */ folder) => sourcesIn(join(root, 'src', folder))
  const lossSource = source('nn/losses')
  return [
    INTRODUCTION,
    '[losses](#losses), [metrics](#metrics), [optimizers](#optimizers), [schedules](#schedules), [callbacks](#callbacks),',
    `${Object.keys(methods)
      .map((name) => `[${name}](#${name.toLowerCase()})`)
      .join(', ')}\n`,
    '## losses\n',
    'By name (`"huber"`) or, with arguments, as what these functions return: `losses.huber({ delta: 0.5 })`.\n',
    ...sections('losses', losses, lossSource),
    metricSections(metrics, losses, source('nn/metrics')),
    optimizerSections(optimizers, source('nn/optimizers')),
    '## schedules\n',
    'Learning rates that change with the steps: `optimizers.sgd({ learningRate: schedules.constant({ learningRate: 0.1 }) })`.\n',
    ...sections('schedules', schedules, source('nn/optimizers')),
    '## callbacks\n',
    '`net.fit(x, y, { callbacks: [callbacks.earlyStopping({ patience: 3 })] })`\n',
    ...sections('callbacks', callbacks, source('train/callbacks')),
    ...Object.entries(methods).map(([name, schema]) => `## ${name}\n\n${argumentTable(schema)}`),
  ].join('\n')
}

/** @param {string} folder */
function sourcesIn(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  return names.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
}

/**
 * A section for each function: its sentences and its arguments.
 *
 * @param {string} kind
 * @param {Factories} factories
 * @param {string} source where each has a comment above it
 */
function sections(kind, factories, source) {
  return Object.entries(factories).map(([name, { schema }]) => section(kind, name, schema, commentAbove(name, source)))
}

/**
 * @param {string} kind
 * @param {string} name
 * @param {Schema} schema
 * @param {readonly string[]} comment
 */
function section(kind, name, schema, comment) {
  if (comment.length === 0) throw new Error(`${kind}.${name} has no comment above it`)
  const sentences = comment.map(withoutRepetition).filter(Boolean)
  const table = Object.keys(schema).length > 0 ? [argumentTable(schema)] : []
  return [`### ${kind}.${name}\n`, `${sentences.join('\n\n')}\n`, ...table].join('\n')
}

/**
 * Those that are means of losses are told together.
 *
 * @param {Factories} metrics
 * @param {Factories} losses
 * @param {string} source
 */
function metricSections(metrics, losses, source) {
  const own = Object.entries(metrics).filter(([name]) => commentAbove(name, source).length > 0)
  const means = Object.keys(metrics).filter((name) => !own.some(([other]) => other === name))
  for (const name of means) if (!losses[name]) throw new Error(`metrics.${name} has no comment above it`)
  const withoutName = own.map(
    ([
      name,
      {
        schema: { name: _, ...schema },
      },
    ]) => [name, { schema }],
  )
  return [
    '## metrics\n',
    'By name (`"acc"`) or as what these functions return. All take `name`, under which they are logged (default: that of the',
    'function). Means of losses, with the arguments of the loss:',
    `${means.map((name) => `\`metrics.${name}\``).join(', ')}.\n`,
    ...sections('metrics', Object.fromEntries(withoutName), source),
  ].join('\n')
}

/**
 * What all take is told once.
 *
 * @param {TrainingDeclarations['optimizers']} optimizers
 * @param {string} source
 */
function optimizerSections(optimizers, source) {
  const schemas = Object.entries(optimizers).map(([name, make]) => {
    const { schema } = /** @type {Factory} */ (make().constructor)
    return /** @type {const} */ ([name, schema])
  })
  const shown = (/** @type {unknown} */ field) => JSON.stringify(field)
  const [[, first], ...others] = /** @type {[typeof schemas[0], ...typeof schemas]} */ (schemas)
  const isCommon = (/** @type {string} */ name) => others.every(([, schema]) => name in schema)
  const common = Object.fromEntries(Object.entries(first).filter(([name]) => isCommon(name) && name !== 'learningRate'))
  const own = schemas.map(([name, schema]) => {
    const rest = Object.entries(schema).filter(([arg, field]) => shown(common[arg]) !== shown(field))
    return section('optimizers', name, Object.fromEntries(rest), commentAbove(name, source))
  })
  return [
    '## optimizers\n',
    'By name (`"adam"`) or, with arguments, as what these functions return. All of them take\n',
    argumentTable(common),
    ...own,
  ].join('\n')
}
