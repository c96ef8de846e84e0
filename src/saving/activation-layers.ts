/**
 * @file Keras takes a layer for an activation, `Conv2D(8, 3, activation=LeakyReLU(0.1))`, and writes its config in the place of a
 * name. Here the activation of such a layer is linear, and the other one stands behind it: the same numbers, the same weights.
 * So it is with the activation that has another formula in Keras 2.
 */
import { isObject, type JsonObject } from '../formats/json.ts'

/** Layers without weights that work element by element or along the last axis. */
const CLASSES: ReadonlySet<unknown> = new Set(['ELU', 'LeakyReLU', 'ReLU', 'Softmax'])

/**
 * What `entry` describes, and behind it the layers that are its activation: one entry for most layers.
 * @param entry class and config of a layer; how it is wired stays with the first
 */
export function withActivationBehind(entry: JsonObject, isKeras2: boolean): readonly JsonObject[] {
  const { config } = entry
  const activation = isObject(config) ? config.activation : undefined
  if (!isObject(config)) return [entry]
  const name = `${config.name ?? entry.name ?? entry.class_name}_activation`
  const linear = { ...entry, config: { ...config, activation: 'linear' } }
  if (isKeras2 && activation === 'hard_sigmoid') return [linear, ...steepHardSigmoid(name)]
  if (!isObject(activation) || !CLASSES.has(activation.class_name)) return [entry]
  const behind = isObject(activation.config) ? activation.config : {}
  return [linear, { class_name: activation.class_name, config: { ...behind, name } }]
}

/** In Keras 2 it is x / 5 + 1/2, held between 0 and 1; in Keras 3 x / 6 + 1/2. */
function steepHardSigmoid(name: string): readonly JsonObject[] {
  return [
    { class_name: 'Rescaling', config: { name: `${name}_scale`, scale: 1.2 } },
    { class_name: 'Activation', config: { name, activation: 'hard_sigmoid' } },
  ]
}
