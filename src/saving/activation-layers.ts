/**
 * @file Keras takes a layer for an activation, `Conv2D(8, 3, activation=LeakyReLU(0.1))`, and writes its config in the place of a
 * name. Here the activation of such a layer is linear, and the other one stands behind it: the same numbers, the same weights.
 */
import { isObject, type JsonObject } from '../formats/json.ts'

/** Layers without weights that work element by element or along the last axis. */
const CLASSES: ReadonlySet<unknown> = new Set(['ELU', 'LeakyReLU', 'ReLU', 'Softmax'])

/**
 * What `entry` describes, and behind it the layer that is its activation: one entry for all layers but these.
 * @param entry class and config of a layer; how it is wired stays with the first
 */
export function withActivationBehind(entry: JsonObject): readonly JsonObject[] {
  const { config } = entry
  const activation = isObject(config) ? config.activation : undefined
  if (!isObject(config) || !isObject(activation) || !CLASSES.has(activation.class_name)) return [entry]
  const name = `${config.name ?? entry.name ?? entry.class_name}_activation`
  const behind = isObject(activation.config) ? activation.config : {}
  return [
    { ...entry, config: { ...config, activation: 'linear' } },
    { class_name: activation.class_name, config: { ...behind, name } },
  ]
}
