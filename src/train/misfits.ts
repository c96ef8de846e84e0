/**
 * @file Settings that cannot learn what was meant, or only by luck: each is said in one line, once a model. Keras 3 warns of
 * most of them: https://github.com/keras-team/keras (`nn.softmax`, `categorical_crossentropy`, `_get_logits`).
 */
import { received, SeparableError } from '../base/errors.ts'
import type { Graph } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'
import type { Loss } from '../nn/losses/index.ts'
import type { Network } from '../nn/network.ts'
import { OPS, type OpName } from '../ops/index.ts'
import { currentScreen } from './environment.ts'
import type { Head } from './heads.ts'
import type { Table } from './table.ts'

/** Losses of probabilities, and the activation that makes these. */
const MAKERS: { readonly [loss: string]: 'sigmoid' | 'softmax' } = {
  binaryCrossentropy: 'sigmoid',
  binaryFocalCrossentropy: 'sigmoid',
  categoricalCrossentropy: 'softmax',
  categoricalFocalCrossentropy: 'softmax',
  klDivergence: 'softmax',
  sparseCategoricalCrossentropy: 'softmax',
}

const told = new WeakMap<Network, Set<string>>()

function tell(network: Network, line: string): void {
  const lines = told.get(network) ?? new Set()
  told.set(network, lines)
  if (!lines.has(line)) currentScreen().warn(line)
  lines.add(line)
}

/** Says what is wrong with a step of training. @param outputs what the network makes, in the order of its heads */
export function warnOfMisfits(network: Network, graph: Graph, heads: readonly Head[], outputs: readonly Node[]): void {
  if (network.trainableWeights.length === 0)
    tell(network, `${network.name} has no trainable weights: nothing is learned`)
  for (const node of graph.nodes)
    if (node.op === OPS.softmax && node.shape.at(-1) === 1)
      tell(
        network,
        `${node.label || network.name}: a softmax of one number is always 1: sigmoid is for a single output`,
      )
  heads.forEach(({ loss, output }, i) => {
    for (const line of loss ? misfits(loss, outputs[i], output) : []) tell(network, line)
  })
}

function* misfits({ name, config }: Loss, node: Node, output: string): Generator<string> {
  const maker = MAKERS[name]
  const units = node.shape.at(-1)
  if (!maker) return
  if (maker === 'softmax' && units === 1)
    yield `${name} has nothing to choose from, as ${output} has one output: binaryCrossentropy is for two classes`
  if (config?.fromLogits === true) {
    if (node.op === OPS[maker])
      yield `${name} was told fromLogits, scores, but ${output} makes probabilities with its ${maker}: leave one out`
    return
  }
  if (isScore(node))
    yield `${name} takes probabilities, but ${output} makes any numbers: give it the activation ${maker}${config && 'fromLogits' in config ? ', or the loss fromLogits: true' : ''}`
  if (maker === 'sigmoid' && node.op === OPS.softmax && units !== 1)
    yield `${name} judges each output by itself, but the softmax of ${output} makes them add up to 1: categoricalCrossentropy goes with softmax, ${name} with sigmoid`
}

const UNBOUNDED: readonly OpName[] = ['matmul', 'conv2d', 'dwconv2d', 'relu', 'leakyRelu', 'elu', 'tanh']
/** They make numbers outside of 0 to 1 of such. */
const PASSING: readonly OpName[] = ['add', 'reshape', 'permute', 'scale', 'shift']

const isOneOf = (names: readonly OpName[], { op }: Node) => names.some((name) => OPS[name] === op)

/** Whether these are surely no probabilities: sums and what comes straight from them. */
function isScore(node: Node): boolean {
  if (isOneOf(UNBOUNDED, node)) return true
  return isOneOf(PASSING, node) && node.inputs.some(isScore)
}

/** Says when all examples are of one class. @param column the targets of a head's loss */
export function warnOfOneClass(network: Network, heads: readonly Head[], table: Table): void {
  heads.forEach(({ loss, output }, i) => {
    const column = table.columns.find(
      ({ name }) => name.startsWith(`targets/${i}/`) && name.endsWith(`/${loss?.targets}`),
    )
    if (!loss || !column || !MAKERS[loss.name] || table.count < 2) return
    const { data, itemSize } = column
    const isOneNumber = loss.targets === 'labels' || itemSize === 1
    const same = isOneNumber
      ? data.every((value) => value === data[0])
      : data.every((value, k) => value === data[k % itemSize])
    if (!same) return
    const what = isOneNumber ? String(data[0]) : `[${data.slice(0, itemSize).join(', ')}]`
    const whose = heads.length > 1 ? ` for ${output}` : ''
    tell(network, `all ${table.count} examples have the target ${what}${whose}: a model learns to answer nothing else`)
  })
}

/** @throws SeparableError (`data`) when a loss of probabilities is given targets that cannot be such */
export function demandProbabilities(owner: string, { name }: Loss, values: Float32Array): void {
  const maker = MAKERS[name]
  if (!maker) return
  const most = maker === 'sigmoid' ? 1 : Number.POSITIVE_INFINITY
  const wrong = values.find((value) => !(value >= 0 && value <= most))
  if (wrong === undefined) return
  const range = maker === 'sigmoid' ? 'from 0 to 1' : 'of at least 0'
  const cure = maker === 'sigmoid' && wrong === -1 ? ' (hinge takes -1 and 1)' : ''
  throw new SeparableError('data', `${owner}: ${name} takes targets ${range}${cure}, ${received(wrong)}`)
}
