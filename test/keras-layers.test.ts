/**
 * @file Every layer beside a live Keras: the uses of `checks.ts` with a step of training each, then each argument of each
 * layer at other values, right and wrong ones: both must compute the same or both refuse.
 */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SeparableError } from '../src/base/errors.ts'
import type { JsonObject } from '../src/formats/json.ts'
import { CHECKS, type LayerCheck } from '../src/nn/layers/checks.ts'
import { runLayer } from '../src/nn/layers/testing.ts'
import type { Field, Json, Schema } from '../src/nn/schema.ts'
import {
  input,
  type Layer,
  type Logs,
  layerFromConfig,
  layers,
  model,
  NdArray,
  optimizers,
  type Shape,
} from '../src/node.ts'
import { kerasObject, toKeras } from '../src/saving/spelling.ts'
import { expectClose, openKeras } from './oracles/keras.ts'
import { numbers } from './oracles/networks.ts'

const { python, keras, folder } = openKeras()

const ROUNDING = 1e-5
const IMAGES = 3
/** Draw numbers of their own in training. */
const IS_RANDOM = /^(Random|MixUp|CutMix)|Dropout|Noise/

const classOf = ({ make }: Pick<LayerCheck, 'make'>) => make().className

/** Weights that are all different; variances are positive, counts whole. */
function someWeights(layer: Layer): NdArray<Float32Array>[] {
  return layer.weights.map(({ name, shape }, i) => {
    const { data } = numbers(shape, i + 1)
    return new NdArray(
      data.map((value) => {
        if (name === 'count') return 2
        return name.endsWith('variance') ? 0.5 + Math.abs(value) : value / 2
      }),
      shape,
    )
  })
}

/** TensorFlow has no gradients of grouped convolutions on a CPU. */
function hasGroups({ config, className }: Layer): boolean {
  return className.startsWith('Conv') && (config as { groups?: number }).groups !== 1 && 'groups' in config
}

interface Trained {
  readonly before: readonly NdArray[]
  readonly logs: readonly Logs[]
  readonly after: readonly NdArray[]
  readonly weights: readonly NdArray[]
}

async function compareTraining(check: LayerCheck): Promise<void> {
  const path = join(folder, 'layer.keras')
  const inputs = check.inputs.map((shape) => input({ shape }))
  const layer = check.make()
  // What an engine returns must be computed by it, and not every layer does something outside of training.
  const net = model({ inputs, outputs: layers.rescaling({ scale: 1 }).apply(layer.apply(inputs)) })
  net.setWeights(someWeights(net))
  net.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' })
  await net.save(path)
  const x = check.inputs.map((shape, i) => numbers([IMAGES, ...shape], i + 1))
  const y = numbers([IMAGES, ...check.output], 9)
  const steps = IS_RANDOM.test(layer.className) || hasGroups(layer) ? 0 : 1
  const theirs = await keras.call<Trained>('train_from_file', { path, x, y, steps })
  expectClose(await net.predictAll(x), theirs.before, ROUNDING)
  if (steps > 0) {
    expectClose(await net.trainOnBatch(x, y), theirs.logs[0], ROUNDING)
    expectClose(net.getWeights(), theirs.weights, ROUNDING)
  }
  await net.dispose()
}

describe.skipIf(!python)('layers beside Keras', () => {
  const checks = CHECKS.filter((check) => classOf(check) !== 'RandomCrop')
  it.each(checks.map((check, i) => [`${i} ${classOf(check)}`, check] as const))('%s trains alike', (_, check) =>
    compareTraining(check),
  )
})

// ------------------------------------------------------------------------------ one argument at a time

/** Values to try for an argument, right and wrong ones, by what it says of itself. */
function candidatesFor(name: string, { expects }: Field): readonly Json[] {
  const names = [...expects.matchAll(/"([^"]+)"/g)].map(([, each]) => each)
  if (names.length > 0) return [...names, 'nonsense']
  if (name === 'seed' || name === 'valueRange') return []
  if (expects.startsWith('true')) return [true, false]
  if (/^an integer.*two of them/.test(expects)) return [-1, 0, 1, 2, 3, [1, 2], [2, 1], [1, 2, 3]]
  if (expects.startsWith('an integer')) return [-2, -1, 0, 1, 2, 3, 5]
  if (/^(a|two) numbers?/.test(expects)) return [-1, 0, 0.25, 1, 2]
  return []
}

interface Case {
  readonly name: string
  readonly config: { readonly [name: string]: Json }
  readonly check: Pick<LayerCheck, 'make' | 'inputs'>
}

function casesOf(check: LayerCheck): Case[] {
  const layer = check.make()
  const { schema } = layer.constructor as unknown as { readonly schema: Schema }
  const { name: _name, trainable: _trainable, ...usual } = layer.getConfig()
  return Object.entries(schema).flatMap(([argument, field]) =>
    candidatesFor(argument, field).map((value) => ({
      name: `${layer.className} ${argument} ${JSON.stringify(value)}`,
      config: { ...usual, [argument]: value },
      check,
    })),
  )
}

interface Outcome {
  readonly output?: NdArray
  readonly refused?: string
}

interface Request {
  readonly config: JsonObject
  readonly inputs: readonly NdArray[]
  readonly weights: readonly NdArray[]
}

function ours({ check, config }: Case): Outcome & Pick<Request, 'weights'> {
  try {
    const layer = layerFromConfig(classOf(check), config)
    layer.apply(check.inputs.map((shape) => input({ shape })))
    const weights = someWeights(layer)
    layer.setWeights(weights)
    const inputs = valuesFor(check.inputs)
    const { data, shape } = runLayer(layer, ...inputs.map((x) => ({ shape: x.shape, data: [...x.data] })))
    return { output: new NdArray(Float32Array.from(data), shape), weights }
  } catch (error) {
    if (error instanceof SeparableError) return { refused: error.message, weights: [] }
    throw error
  }
}

function valuesFor(shapes: readonly Shape[]): NdArray<Float32Array>[] {
  return shapes.map((shape, i) => numbers([IMAGES, ...shape], i + 1))
}

/** Where this library differs on purpose, or Keras or TensorFlow cannot what they promise. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/Dropout([12]D)? rate 1:/, 'a rate of 1 leaves nothing'],
  [/^ELU alpha -1:/, 'is not continuous'],
  [/^MixUp alpha (-1|0):/, 'no beta distribution has it'],
  [/^(Softmax|UnitNormalization) axis 0:/, 'the axis of the batch'],
  [/^RandomZoom (height|width)Factor -1:/, 'Keras takes the number for its negative and refuses a picture of no size'],
  [/^RandomFlip mode "nonsense"/, 'Keras flips nothing then'],
  [/^GaussianNoise stddev 2:/, 'Keras wants at most 1, whatever the values are'],
  [/^CenterCrop (height|width) 0:/, 'leaves nothing'],
  [/^RandomColorDegeneration factor -1:/, 'adds colour outside of what Keras documents'],
  [/^DepthwiseConv2D strides \[/, 'TensorFlow wants equal strides on a CPU'],
]

const isKnown = (line: string) => KNOWN.some(([pattern]) => pattern.test(line))

/** How the two differ; undefined when they do not. */
function difference(a: Outcome, b: Outcome): string | undefined {
  if (a.refused && b.refused) return undefined
  if (a.refused) return `refused here alone: ${a.refused}`
  if (b.refused) return `refused by Keras alone: ${b.refused}`
  try {
    expectClose(a.output as NdArray, b.output as NdArray, ROUNDING)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Outside of training Keras's RandomCrop returns the whole picture, whatever shape it promises; here it resizes and cuts. */
const FIRST = [...new Map([...CHECKS].reverse().map((check) => [classOf(check), check])).values()].filter(
  (check) => classOf(check) !== 'RandomCrop',
)

/** Cases in which the two differ, and how. */
async function differencesIn(cases: readonly Case[]): Promise<string[]> {
  const outcomes = cases.map(ours)
  const requests = cases.map(
    ({ config, check }, i): Request => ({
      config: kerasObject('keras.layers', classOf(check), toKeras(config)),
      inputs: valuesFor(check.inputs),
      weights: outcomes[i].weights,
    }),
  )
  const theirs = await keras.call<Outcome[]>('apply_layers', { cases: requests })
  return cases.flatMap(({ name }, i) => {
    const found = difference(outcomes[i], theirs[i])
    const line = `${name}: ${found}`
    return found === undefined || isKnown(line) ? [] : [line]
  })
}

describe.skipIf(!python)('arguments of layers beside Keras', () => {
  it.each(FIRST.map((check) => [classOf(check), check] as const))('%s', async (_, check) => {
    const differences = await differencesIn(casesOf(check))
    if (process.env.SHOW) console.log(differences.join('\n'))
    expect(differences).toEqual([])
  })
})

// ------------------------------------------------------------------------------ shapes that do not fit

/** A batch is as large as no other axis: TensorFlow's backend takes [N,1] for a bias where N is the number of channels. */
const INPUTS: readonly (readonly Shape[])[] = [
  [[3], [4]],
  [[4], [1]],
  [[3], [3], [3]],
  [[3], [3], [2]],
  [[3], [2, 3]],
  [[2], [2, 3]],
  [
    [2, 3],
    [2, 4],
  ],
  [
    [2, 3],
    [4, 3],
  ],
  [
    [2, 3],
    [1, 3],
  ],
  [
    [2, 1],
    [1, 3],
  ],
  [
    [2, 3],
    [3, 2],
  ],
  [
    [4, 4, 3],
    [4, 4, 5],
  ],
  [
    [4, 4, 3],
    [2, 4, 3],
  ],
  [[4, 4, 3], [3]],
  [
    [4, 4, 3],
    [1, 1, 3],
  ],
]

/** `add_1 (Add): ..., received: ...` */
const NAMES_LAYER = /^([a-z]+)(_\d+)? \(\1\): .+, received: .+$/i

const MERGING: readonly (readonly [make: () => Layer, config: Case['config']])[] = [
  ...[layers.add, layers.average, layers.maximum, layers.minimum, layers.multiply, layers.subtract].map(
    (make) => [make, {}] as const,
  ),
  ...[-1, 1, 2, 3].map((axis) => [() => layers.concatenate({ axis }), { axis }] as const),
  ...[1, 2, [1, 2], [2, 1]].map((axes) => [() => layers.dot({ axes }), { axes }] as const),
]

describe.skipIf(!python)('shapes of what is merged, beside Keras', () => {
  it.each(MERGING.map(([make, config]) => [`${make().className} ${JSON.stringify(config)}`, make, config] as const))(
    '%s',
    async (_, make, config) => {
      const cases = INPUTS.map((inputs) => {
        const name = `${make().className} ${JSON.stringify(config)} of ${JSON.stringify(inputs)}`
        return { name, config, check: { make, inputs } }
      })
      const differences = await differencesIn(cases)
      if (process.env.SHOW) console.log(differences.join('\n'))
      expect(differences).toEqual([])
      const messages = cases.flatMap((each) => ours(each).refused ?? [])
      expect(messages).not.toEqual([])
      for (const message of messages) expect(message).toMatch(NAMES_LAYER)
    },
  )
})
