/** @file Checks summaries against tables printed by Keras 3.15.1. */
import { describe, expect, test } from 'vitest'
import { renderSummary, type Summary, type SummaryLayer } from './summary.ts'

/** The VGG blocks 64, 128, 256 with the given 3x3 layers, flattened into ten classes; `names` as Keras numbered them. */
function vggSummary(
  name: string,
  className: string,
  params: readonly number[],
  firstPool: number,
  suffix = '',
): Summary {
  const prefix = className === 'Conv2D' ? 'conv2d' : 'separable_conv2d'
  const layers: SummaryLayer[] = []
  for (const [block, filters] of [64, 128, 256].entries()) {
    const size = 32 >> block
    for (const i of [2 * block, 2 * block + 1])
      layers.push({
        name: i === 0 ? prefix : `${prefix}_${i}`,
        className,
        outputShape: [null, size, size, filters],
        params: params[i] as number,
        macs: 1000 * (i + 1),
      })
    const pool = firstPool + block
    layers.push({
      name: pool === 0 ? 'max_pooling2d' : `max_pooling2d_${pool}`,
      className: 'MaxPooling2D',
      outputShape: [null, size / 2, size / 2, filters],
      params: 0,
    })
  }
  layers.push({ name: `flatten${suffix}`, className: 'Flatten', outputShape: [null, 4096], params: 0 })
  layers.push({ name: `dense${suffix}`, className: 'Dense', outputShape: [null, 10], params: 40970, macs: 79000 })
  const trainable = layers.reduce((sum, layer) => sum + (layer.params ?? 0), 0)
  return { name, sequential: true, layers, totals: { trainable, nonTrainable: 0 } }
}

const CONV = vggSummary('sequential', 'Conv2D', [1792, 36928, 73856, 147584, 295168, 590080], 0)
const SEPARABLE = vggSummary('sequential_1', 'SeparableConv2D', [283, 4736, 8896, 17664, 34176, 68096], 3, '_1')

describe('the tables of Keras 3.15.1, byte for byte', () => {
  test('ordinary network', () => {
    expect(renderSummary(CONV)).toBe(KERAS_CONV)
  })

  test('separable network', () => {
    expect(renderSummary(SEPARABLE)).toBe(KERAS_SEPARABLE)
  })

  test('a graph with connections, wrapped and cut names', () => {
    const long = 'a_very_long_layer_name_for_a_separable_convolution_block'
    const row = (name: string, className: string, sizes: number[], params: number, connectedTo: string[]) => ({
      name,
      className,
      outputShape: [null, ...sizes],
      params,
      connectedTo,
    })
    const layers = [
      row('input_layer', 'InputLayer', [32, 32, 3], 0, []),
      row(long, 'SeparableConv2D', [32, 32, 64], 283, ['input_layer[0][0]']),
      row('branch', 'SeparableConv2D', [32, 32, 64], 4736, [`${long}[0][0]`]),
      row('add', 'Add', [32, 32, 64], 0, [`${long}[0][0]`, 'branch[0][0]']),
      row('concatenate_everything', 'Concatenate', [32, 32, 192], 0, [`${long}[0][0]`, 'branch[0][0]', 'add[0][0]']),
      row('global_average_pooling2d', 'GlobalAveragePooling2D', [192], 0, ['concatenate_everything[0][0]']),
      row('dense', 'Dense', [1000], 193000, ['global_average_pooling2d[0][0]']),
    ]
    const totals = { trainable: 198019, nonTrainable: 0 }
    expect(renderSummary({ name: 'functional_model', sequential: false, layers, totals })).toBe(KERAS_GRAPH)
  })

  test('layers that are not built', () => {
    const layers = [
      { name: 'x'.repeat(60), className: 'Conv2D', outputShape: null, params: null },
      { name: 'dense_1', className: 'Dense', outputShape: null, params: null },
    ]
    const totals = { trainable: 0, nonTrainable: 0 }
    expect(renderSummary({ name: 'unb', sequential: true, layers, totals })).toBe(KERAS_UNBUILT)
  })

  test('with an optimizer, whose slots count in the total', () => {
    const layers = [
      {
        name: 'dense with spaces in a very long name indeed',
        className: 'Dense',
        outputShape: [null, 123456],
        params: 1111104,
      },
      { name: 'dense_2', className: 'Dense', outputShape: [null, 10], params: 1234570 },
    ]
    const totals = { trainable: 2345674, nonTrainable: 0, optimizer: 4691350 }
    expect(renderSummary({ name: 'sequential', sequential: true, layers, totals })).toBe(KERAS_OPTIMIZER)
  })
})

describe('extra columns', () => {
  test('cost: multiply-accumulates, their share of the whole, and a total', () => {
    const text = renderSummary(CONV, { cost: true })
    expect(text).toContain('│          40,970 │         79,000 │  79.0 % │')
    expect(text).toContain('│               0 │              – │       – │')
    expect(text).toMatch(/\n Total MACs: 100,000 per image\n$/)
  })

  test('cost names the model alone beside a total with optimizer', () => {
    const totals = { trainable: 100, nonTrainable: 20, optimizer: 202 }
    const text = renderSummary({ ...CONV, totals }, { cost: true })
    expect(text).toContain(' Total params: 322 (1.26 KB)\n')
    expect(text).toContain(' Params without optimizer: 120\n')
  })

  test('memory of each layer, and the peak', () => {
    const layers = [{ ...(CONV.layers[0] as SummaryLayer), memory: 32 * 32 * 64 * 4 }]
    const text = renderSummary(
      { ...CONV, layers, totals: { ...CONV.totals, peakMemory: 3 * 2 ** 20 } },
      { memory: true },
    )
    expect(text).toContain('│           1,792 │  256.00 KB │')
    expect(text).toMatch(/\n Peak memory: 3.00 MB\n$/)
  })
})

const KERAS_CONV = `Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ conv2d (Conv2D)                      │ (None, 32, 32, 64)          │           1,792 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ conv2d_1 (Conv2D)                    │ (None, 32, 32, 64)          │          36,928 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ max_pooling2d (MaxPooling2D)         │ (None, 16, 16, 64)          │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ conv2d_2 (Conv2D)                    │ (None, 16, 16, 128)         │          73,856 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ conv2d_3 (Conv2D)                    │ (None, 16, 16, 128)         │         147,584 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ max_pooling2d_1 (MaxPooling2D)       │ (None, 8, 8, 128)           │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ conv2d_4 (Conv2D)                    │ (None, 8, 8, 256)           │         295,168 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ conv2d_5 (Conv2D)                    │ (None, 8, 8, 256)           │         590,080 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ max_pooling2d_2 (MaxPooling2D)       │ (None, 4, 4, 256)           │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ flatten (Flatten)                    │ (None, 4096)                │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ dense (Dense)                        │ (None, 10)                  │          40,970 │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
 Total params: 1,186,378 (4.53 MB)
 Trainable params: 1,186,378 (4.53 MB)
 Non-trainable params: 0 (0.00 B)
`

const KERAS_SEPARABLE = `Model: "sequential_1"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ separable_conv2d (SeparableConv2D)   │ (None, 32, 32, 64)          │             283 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ separable_conv2d_1 (SeparableConv2D) │ (None, 32, 32, 64)          │           4,736 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ max_pooling2d_3 (MaxPooling2D)       │ (None, 16, 16, 64)          │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ separable_conv2d_2 (SeparableConv2D) │ (None, 16, 16, 128)         │           8,896 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ separable_conv2d_3 (SeparableConv2D) │ (None, 16, 16, 128)         │          17,664 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ max_pooling2d_4 (MaxPooling2D)       │ (None, 8, 8, 128)           │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ separable_conv2d_4 (SeparableConv2D) │ (None, 8, 8, 256)           │          34,176 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ separable_conv2d_5 (SeparableConv2D) │ (None, 8, 8, 256)           │          68,096 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ max_pooling2d_5 (MaxPooling2D)       │ (None, 4, 4, 256)           │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ flatten_1 (Flatten)                  │ (None, 4096)                │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ dense_1 (Dense)                      │ (None, 10)                  │          40,970 │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
 Total params: 174,821 (682.89 KB)
 Trainable params: 174,821 (682.89 KB)
 Non-trainable params: 0 (0.00 B)
`

const KERAS_GRAPH = `Model: "functional_model"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                  ┃ Output Shape              ┃         Param # ┃ Connected to               ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━┩
│ input_layer (InputLayer)      │ (None, 32, 32, 3)         │               0 │ -                          │
├───────────────────────────────┼───────────────────────────┼─────────────────┼────────────────────────────┤
│ a_very_long_layer_name_for_a… │ (None, 32, 32, 64)        │             283 │ input_layer[0][0]          │
│ (SeparableConv2D)             │                           │                 │                            │
├───────────────────────────────┼───────────────────────────┼─────────────────┼────────────────────────────┤
│ branch (SeparableConv2D)      │ (None, 32, 32, 64)        │           4,736 │ a_very_long_layer_name_fo… │
├───────────────────────────────┼───────────────────────────┼─────────────────┼────────────────────────────┤
│ add (Add)                     │ (None, 32, 32, 64)        │               0 │ a_very_long_layer_name_fo… │
│                               │                           │                 │ branch[0][0]               │
├───────────────────────────────┼───────────────────────────┼─────────────────┼────────────────────────────┤
│ concatenate_everything        │ (None, 32, 32, 192)       │               0 │ a_very_long_layer_name_fo… │
│ (Concatenate)                 │                           │                 │ branch[0][0], add[0][0]    │
├───────────────────────────────┼───────────────────────────┼─────────────────┼────────────────────────────┤
│ global_average_pooling2d      │ (None, 192)               │               0 │ concatenate_everything[0]… │
│ (GlobalAveragePooling2D)      │                           │                 │                            │
├───────────────────────────────┼───────────────────────────┼─────────────────┼────────────────────────────┤
│ dense (Dense)                 │ (None, 1000)              │         193,000 │ global_average_pooling2d[… │
└───────────────────────────────┴───────────────────────────┴─────────────────┴────────────────────────────┘
 Total params: 198,019 (773.51 KB)
 Trainable params: 198,019 (773.51 KB)
 Non-trainable params: 0 (0.00 B)
`

const KERAS_UNBUILT = `Model: "unb"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… │ ?                           │     0 (unbuilt) │
│ (Conv2D)                             │                             │                 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ dense_1 (Dense)                      │ ?                           │     0 (unbuilt) │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
 Total params: 0 (0.00 B)
 Trainable params: 0 (0.00 B)
 Non-trainable params: 0 (0.00 B)
`

const KERAS_OPTIMIZER = `Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ dense with spaces in a very long     │ (None, 123456)              │       1,111,104 │
│ name indeed (Dense)                  │                             │                 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ dense_2 (Dense)                      │ (None, 10)                  │       1,234,570 │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
 Total params: 7,037,024 (26.84 MB)
 Trainable params: 2,345,674 (8.95 MB)
 Non-trainable params: 0 (0.00 B)
 Optimizer params: 4,691,350 (17.90 MB)
`
