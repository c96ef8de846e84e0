/**
 * @file A random network for a seed, as a list of lines: each is one call of a factory in `layers`, so that a network that
 * fails can be printed, read and pasted. How it is trained (loss, optimizer, weights of examples) is random too.
 */
import { Random } from '../../src/base/random.ts'
import { input, type Loss, layers, losses, model, type Optimizer, optimizers } from '../../src/index.ts'
import type { Layer, SymbolicTensor } from '../../src/nn/layer.ts'
import { someNumbers, someTargets, someWeights } from './data.ts'
import { randomLayer } from './random-layer.ts'
import { type Head, randomHead, randomOptimizer } from './random-training.ts'
import type { Trial } from './step-parity.ts'

/** `const x3 = layers.conv2d({...}).apply([x1])`; a line without a factory is an input of the shape in `args`. */
export interface Line {
  readonly factory: string
  readonly args: object
  readonly inputs: readonly number[]
  /** Applies the layer of that line once more, in place of a new one. */
  readonly shares?: number
}

export interface RandomNetwork {
  readonly lines: readonly Line[]
  readonly heads: readonly Head[]
  readonly optimizer: { readonly name: string; readonly args: object }
  readonly batch: number
  readonly weighted: boolean
  readonly seed: number
}

const CHANNELS = [1, 2, 3, 4, 5, 8, 12]

/** @param seed from 0 */
export function randomNetwork(seed: number): RandomNetwork {
  const random = new Random(seed, 'network')
  const lines: Line[] = []
  const tensors: SymbolicTensor[] = []
  const add = (line: Line): number => {
    tensors.push(applyLine(line, tensors, []))
    return lines.push(line) - 1
  }
  const image = () => [3 + random.int(7), 3 + random.int(7), CHANNELS[random.int(CHANNELS.length)]]
  add({ factory: 'input', args: { shape: image() }, inputs: [] })
  if (random.int(4) === 0) add({ factory: 'input', args: { shape: tensors[0].shape.slice(1) }, inputs: [] })
  const count = 3 + random.int(10)
  while (lines.length < count) randomLayer(random, tensors, add)
  const heads = finish(random, tensors, add)
  return {
    lines,
    heads,
    optimizer: randomOptimizer(random),
    batch: 1 + random.int(6),
    weighted: random.int(3) === 0,
    seed,
  }
}

/** Every tensor that nothing reads goes into some head, so that all layers are trained. */
function finish(random: Random, tensors: readonly SymbolicTensor[], add: (line: Line) => number): Head[] {
  const read = new Set(tensors.flatMap(({ source }) => source.inputs))
  const ends = [...tensors.keys()].filter((i) => !read.has(tensors[i]))
  const flat = ends.map((i) => {
    const pooled = tensors[i].shape.length === 4 && random.int(3) === 0
    return add({ factory: pooled ? 'globalAveragePooling2d' : 'flatten', args: {}, inputs: [i] })
  })
  const groups = flat.length > 1 && random.int(2) === 0 ? [flat.slice(0, 1), flat.slice(1)] : [flat]
  return groups.map((group) => {
    const whole = group.length > 1 ? add({ factory: 'concatenate', args: {}, inputs: group }) : group[0]
    const head = randomHead(random)
    const { units, activation } = head
    return { ...head, at: add({ factory: 'dense', args: { units, activation }, inputs: [whole] }) }
  })
}

/** @param made the layer of each line so far; gets that of this one */
function applyLine(line: Line, tensors: readonly SymbolicTensor[], made: Layer[]): SymbolicTensor {
  if (line.factory === 'input') {
    made.push(layers.identity())
    return input(line.args as { shape: number[] })
  }
  const layer = made[line.shares ?? -1] ?? call<Layer>(layers, line.factory, line.args)
  made.push(layer)
  const inputs = line.inputs.map((i) => tensors[i])
  return layer.apply(inputs.length > 1 ? inputs : inputs[0])
}

/** The network, compiled, with a batch of examples. */
export function trialOf(network: RandomNetwork): Trial {
  const { lines, heads, batch, seed } = network
  const tensors: SymbolicTensor[] = []
  const made: Layer[] = []
  for (const line of lines) tensors.push(applyLine(line, tensors, made))
  const inputs = tensors.filter((_, i) => lines[i].factory === 'input')
  const net = model({ inputs, outputs: heads.map(({ at }) => tensors[at]) })
  const { name, args } = network.optimizer
  net.compile({
    optimizer: call<Optimizer>(optimizers, name, args),
    loss: heads.map(({ loss, lossArgs }) => call<Loss>(losses, loss, lossArgs)),
  })
  return {
    net,
    x: inputs.map(({ shape }, i) => someNumbers([batch, ...(shape.slice(1) as number[])], seed + i)),
    y: heads.map((head, i) => someTargets(head, batch, seed + i)),
    ...(network.weighted ? { sampleWeight: someWeights(batch, seed) } : {}),
  }
}

function call<T>(factories: object, name: string, args: object): T {
  return (factories as { [name: string]: (args: object) => T })[name](args)
}

/** The program that makes the network. */
export function printNetwork({ lines, heads, optimizer, batch, weighted, seed }: RandomNetwork): string {
  const show = (value: object) => JSON.stringify(value)
  const calls = lines.map(({ factory, args, inputs, shares }, i) => {
    if (factory === 'input') return `const x${i} = input(${show(args)})`
    const operands = inputs.map((from) => `x${from}`).join(', ')
    const layer = shares === undefined ? `layers.${factory}(${show(args)})` : `(the layer of x${shares})`
    return `const x${i} = ${layer}.apply(${inputs.length > 1 ? `[${operands}]` : operands})`
  })
  const losses = heads.map(({ at, loss, lossArgs }) => `x${at}: losses.${loss}(${show(lossArgs)})`)
  const weights = weighted ? ', with sampleWeight' : ''
  return [
    `seed ${seed}`,
    ...calls,
    `optimizers.${optimizer.name}(${show(optimizer.args)}); ${losses.join(', ')}; a batch of ${batch}${weights}`,
  ].join('\n')
}
