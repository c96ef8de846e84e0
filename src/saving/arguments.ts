/**
 * @file From the config of a Keras object to the arguments of ours, guided by the schema alone: a new layer needs no line
 * here. What changes predictions is refused when it is not known, what changes only training is left out with a note.
 */
import { received, SeparableError } from '../base/errors.ts'
import type { JsonObject, JsonValue } from '../formats/json.ts'
import type { Field, Json, Schema } from '../nn/schema.ts'
import type { Notes } from './notes.ts'
import { ourKey, TECHNICAL, toOurs } from './spelling.ts'

/** Matter only while training, or only before the weights are read. */
const TRAINING_ONLY = /(Initializer|Regularizer|Constraint)$|^seed$/

/** Say how the numbers lie in memory or how fast something runs, or repeat what other keys say. */
const WITHOUT_EFFECT = new Set([
  ...TECHNICAL,
  ...[
    'name',
    'trainable',
    'seed',
    'batch_input_shape',
    'batch_shape',
    'build_config',
    'input_dtype',
    'sparse',
    'ragged',
  ],
  ...['optional', 'implementation', 'synchronized', 'virtual_batch_size', 'fused', 'adjustment', 'renorm_clipping'],
  ...['renorm_momentum', 'input_length', 'autocast', 'quantization_config', 'lora_rank', 'lora_alpha', 'input_dim'],
  ...['jit_compile', 'is_legacy_optimizer', 'loss_scale_factor', 'rng_type'],
  // Keras 2 writes it of separable convolutions, too, which have no such kernel.
  'kernel_initializer',
])

/** Not known here unless a schema names them; any value but these would change what is computed. */
const NEUTRAL: { readonly [key: string]: readonly JsonValue[] } = {
  data_format: ['channels_last', null],
  groups: [1, null],
  renorm: [false, null],
  noise_shape: [null],
  decay: [0, null],
  schedule_decay: [null],
}

/** Keras 2's words for what has another name now. */
const RENAMED: { readonly [key: string]: string } = { alpha: 'negativeSlope', lr: 'learningRate', p: 'rate' }

/**
 * @param owner whose config it is, for messages: `conv2d (Conv2D)`
 * @throws SeparableError (`unsupported`) for a value that would change predictions and is not known here
 */
export function argumentsFrom(
  schema: Schema,
  config: JsonObject,
  owner: string,
  notes: Notes,
): { readonly [name: string]: Json } {
  const entries = Object.entries(config).flatMap(([key, value]): [string, Json][] => {
    const name = nameIn(schema, key)
    if (name === undefined) {
      leaveOut(key, value, owner, notes)
      return []
    }
    const found = candidates(value).find((candidate) => fits(schema[name], candidate))
    if (found !== undefined) return [[name, found]]
    if (value === null && schema[name].optional) return []
    if (!TRAINING_ONLY.test(name))
      throw refusal(`${notes.what}: ${owner}`, key, value, `must be ${schema[name].expects}`)
    notes.leaveOut(key, owner, 'training')
    return []
  })
  return Object.fromEntries(entries)
}

function nameIn(schema: Schema, key: string): string | undefined {
  return [ourKey(key), RENAMED[key]].find((name) => name !== undefined && Object.hasOwn(schema, name))
}

/** Keras 2 also writes truth values as 0 and 1, and one axis as a list. */
function candidates(value: JsonValue): Json[] {
  const ours = toOurs(value)
  const [first] = Array.isArray(ours) && ours.length === 1 ? ours : [ours]
  return first === 0 || first === 1 ? [ours, first, first === 1] : [ours, first]
}

function fits(field: Field, value: Json): boolean {
  try {
    return field.parse(value) !== undefined
  } catch (error) {
    if (error instanceof SeparableError) return false
    throw error
  }
}

function leaveOut(key: string, value: JsonValue, owner: string, notes: Notes): void {
  if (WITHOUT_EFFECT.has(key)) return
  if (Object.hasOwn(NEUTRAL, key)) {
    if (!NEUTRAL[key].some((neutral) => neutral === value))
      throw refusal(`${notes.what}: ${owner}`, key, value, 'is not supported')
  } else if (value !== null && value !== false)
    notes.leaveOut(key, owner, TRAINING_ONLY.test(ourKey(key)) ? 'training' : 'unknown')
}

function refusal(owner: string, key: string, value: JsonValue, problem: string): SeparableError {
  return new SeparableError('unsupported', `${owner}: ${key} ${problem}, ${received(value)}`)
}
