/** @file Every layer's arguments, in Keras's words and back: a new layer is covered without another line. */
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../formats/json.ts'
import { LAYER_CLASSES } from '../nn/layers/index.ts'
import type { Schema } from '../nn/schema.ts'
import { argumentsFrom } from './arguments.ts'
import { Notes } from './notes.ts'
import { toKeras } from './spelling.ts'

/** Values that fit the arguments which must be given. */
const SAMPLES = [
  2,
  0.25,
  [2, 1],
  [
    [1, 2],
    [3, 4],
  ],
  'relu',
]

function requiredArgs(schema: Schema): { [name: string]: unknown } {
  const required = Object.entries(schema).filter(([, { optional }]) => !optional)
  return Object.fromEntries(
    required.map(([name, field]) => [name, SAMPLES.find((sample) => field.parse(sample) !== undefined)]),
  )
}

describe('arguments of layers', () => {
  it.each(LAYER_CLASSES.map((each) => [each.className ?? each.name, each] as const))('%s', (_, LayerClass) => {
    const { schema } = LayerClass as unknown as { readonly schema: Schema }
    const layer = new LayerClass(requiredArgs(schema) as never)
    const keras = JSON.parse(JSON.stringify(toKeras(layer.getConfig()))) as JsonObject
    for (const key of Object.keys(keras)) expect(key).toMatch(/^[a-z0-9_]+$/)
    const notes = new Notes('x')
    const again = new LayerClass({ name: layer.name, ...argumentsFrom(schema, keras, 'layer', notes) } as never)
    expect(again.getConfig()).toEqual(layer.getConfig())
    expect(notes.lines).toEqual([])
  })
})

const schema = (LAYER_CLASSES.find((each) => each.className === 'Conv2D') as unknown as { readonly schema: Schema })
  .schema

describe('what is not known', () => {
  it.each([
    [{ activation: 'mystery' }, /^x: c \(Conv2D\): activation must be .*, received: "mystery"$/],
    [{ data_format: 'channels_first' }, 'x: c (Conv2D): data_format is not supported, received: "channels_first"'],
    [{ kernel_size: [3, 3, 3] }, /^x: c \(Conv2D\): kernel_size must be .*, received: \[3, 3, 3\]$/],
  ])('is refused where it changes predictions: %o', (config, message) => {
    expect(() => argumentsFrom(schema, config, 'c (Conv2D)', new Notes('x'))).toThrow(message)
  })

  it('is left out with a note where it does not', () => {
    const notes = new Notes('x')
    const config = {
      kernel_initializer: { class_name: 'Mystery', config: {} },
      kernel_constraint: { class_name: 'Odd', config: {} },
      brand_new: 1,
    }
    for (const owner of ['a', 'b', 'c', 'd', 'e']) argumentsFrom(schema, config, owner, notes)
    expect(notes.lines).toEqual([
      'x: kernel_initializer is not known here and was left out (predictions do not change): a, b, c and 2 more',
      'x: kernel_constraint is not known here and was left out (predictions do not change): a, b, c and 2 more',
      'x: brand_new is not known here and was left out: a, b, c and 2 more',
    ])
  })

  it("takes Keras 2's ways of writing", () => {
    const config: JsonObject = {
      use_bias: 0,
      kernel_initializer: {
        class_name: 'VarianceScaling',
        config: { scale: 1, mode: 'fan_avg', distribution: 'uniform', seed: null, dtype: 'float32' },
      },
      strides: [2, 2],
      batch_input_shape: [null, 8, 8, 3],
    }
    const notes = new Notes('x')
    const args = argumentsFrom(schema, config, 'c', notes)
    expect(args).toMatchObject({ useBias: false, strides: [2, 2] })
    expect(notes.lines).toEqual([])
  })
})
