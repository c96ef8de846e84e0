/**
 * @file The arguments of losses, metrics, optimizers, schedules and callbacks beside those of a live Keras: all of them are here,
 * with the same defaults, but for what stands below. Layers are compared in keras-layers.test.ts.
 */
import { describe, expect, it } from 'vitest'
import { losses } from '../src/nn/losses/index.ts'
import { metrics } from '../src/nn/metrics/index.ts'
import { optimizers, schedules } from '../src/nn/optimizers/index.ts'
import type { Field, Schema } from '../src/nn/schema.ts'
import { callbacks } from '../src/train/callbacks/index.ts'
import { openKeras } from './oracles/keras.ts'

const { python, keras } = openKeras()

type Default = readonly [] | readonly [unknown]
type Signatures = { readonly [className: string]: { readonly [argument: string]: Default } }

const schemaOf = (make: (() => object) & { readonly schema?: Schema }): Schema =>
  make.schema ?? (make().constructor as unknown as { readonly schema: Schema }).schema

const HERE = { losses, metrics, optimizers, schedules, callbacks }
const plain = (name: string) => name.replaceAll('_', '').toLowerCase()

function find<T>(all: { readonly [name: string]: T }, name: string): T | undefined {
  const key = Object.keys(all).find((each) => plain(each) === plain(name))
  return key === undefined ? undefined : all[key]
}

/** What is not here on purpose, or otherwise. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/ dtype:/, 'all is f32'],
  [/^(losses|optimizers|schedules) \w+ name:/, 'appears nowhere'],
  [/^metrics \w+ name: is null/, 'that of the function'],
  [/^(losses|metrics) \w+ axis: is missing/, 'the last'],
  [/^losses \w+ reduction:/, 'the mean over the batch, as sampleWeight weighs it'],
  [/^losses (Dice|Tversky) axis:/, 'no loss here is one of a whole batch'],
  [/^metrics (F1Score|FBetaScore) average:/, 'one number, not one for each class'],
  [/^metrics \w+ thresholds:/, 'one, called threshold; AUC has numThresholds'],
  [/^metrics \w*IoU sparse_y_(true|pred):/, 'classes against scores'],
  [/^metrics R2Score (class_aggregation|num_regressors):/, 'the mean over the outputs'],
  [/^metrics SparseTopKCategoricalAccuracy from_sorted_ids:/, 'outputs are scores'],
  [/^optimizers \w+ loss_scale_factor:/, 'for 16 bits'],
  [/^callbacks LambdaCallback on_/, 'an object of functions'],
  [/^callbacks LearningRateScheduler schedule:/, 'a parameter of its own'],
  [/^callbacks TensorBoard (write_|profile_|embeddings_)/, 'about graphs of TensorFlow'],
  [/^callbacks TerminateOnNaN raise_error:/, 'never raises'],
]

const isKnown = (line: string) => KNOWN.some(([pattern]) => pattern.test(line))

function difference(field: Field | undefined, usual: Default): string | undefined {
  if (!field) return 'is missing'
  const ours = field.optional ? [field.fallback] : []
  return JSON.stringify(ours) === JSON.stringify(usual)
    ? undefined
    : `is ${ours.length ? JSON.stringify(ours[0]) : 'required'}, in Keras ${JSON.stringify(usual)}`
}

describe.skipIf(!python)('arguments of Keras', () => {
  it.each(Object.keys(HERE) as (keyof typeof HERE)[])('%s', async (kind) => {
    const signatures = (await keras.call<{ readonly [kind: string]: Signatures }>('arguments', {}))[kind]
    const shared = Object.entries(signatures).flatMap(([className, args]) => {
      const make = find<() => object>(HERE[kind] as never, className)
      return make ? [{ className, args, schema: schemaOf(make) }] : []
    })
    expect(shared.length).toBeGreaterThan(5)
    const lines = shared.flatMap(({ className, args, schema }) =>
      Object.entries(args).map(([name, usual]) => {
        const found = difference(find(schema, name), usual)
        return found && `${kind} ${className} ${name}: ${found}`
      }),
    )
    expect(lines.filter((line) => line && !isKnown(line))).toEqual([])
  })
})
