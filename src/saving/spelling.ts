/**
 * @file Keras's spelling of configs and ours: `kernel_size` and `kernelSize`, `"fan_avg"` and `"fanAvg"`,
 * `{"class_name": "L2", "config": {...}}` and `{ className: 'L2', config: {...} }`.
 */
import { isObject, type JsonObject, type JsonValue, writeJson } from '../formats/json.ts'
import { camelCase } from '../nn/names.ts'
import type { Json, Schema } from '../nn/schema.ts'

/** `kernelSize` -> `kernel_size`, `beta1` -> `beta_1`; Keras has no digit after a letter elsewhere but in `l1` and `l2`. */
export function kerasKey(name: string): string {
  return snake(name.replace(/([a-z]{2})(\d)/g, '$1_$2'))
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** `kernel_size` -> `kernelSize` */
export function ourKey(name: string): string {
  return camelCase(name)
}

/** Kinds of objects in a layer's config, by the end of their key. */
const MODULES: readonly (readonly [ending: string, module: string])[] = [
  ['_initializer', 'keras.initializers'],
  ['_regularizer', 'keras.regularizers'],
  ['_constraint', 'keras.constraints'],
  ['learning_rate', 'keras.optimizers.schedules'],
]

/** What our configs know and Keras's constructors would refuse. Layers keep it beside their config, where Keras looks past it. */
const OURS_ALONE = new Set(['fans', 'zeroPadding'])

/** The part of a layer's config that is ours alone, as far as it says something; undefined when there is none. */
export function oursAlone(schema: Schema, config: { readonly [name: string]: Json }): JsonObject | undefined {
  const isUsual = ([name, value]: [string, Json]) => {
    const { fallback, parse, encode } = schema[name]
    return fallback !== undefined && JSON.stringify(encode(parse(fallback))) === JSON.stringify(value)
  }
  const entries = Object.entries(config).filter((entry) => OURS_ALONE.has(entry[0]) && !isUsual(entry))
  if (entries.length === 0) return undefined
  return Object.fromEntries(entries.map(([name, value]) => [kerasKey(name), value as JsonValue]))
}

/** Our config as Keras writes it. Texts are names of something, but for `name` itself. */
export function toKeras(config: { readonly [name: string]: Json }): JsonObject {
  const entries = Object.entries(config).filter(([name]) => !OURS_ALONE.has(name))
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const key = kerasKey(name)
      return [key, name === 'name' ? value : valueToKeras(key, value)]
    }),
  )
}

function valueToKeras(key: string, value: Json): JsonValue {
  // `PR` is an abbreviation, not a name in camelCase.
  if (typeof value === 'string') return /^[A-Z]+$/.test(value) ? value : snake(value)
  if (Array.isArray(value)) return value.map((each) => valueToKeras(key, each))
  if (typeof value !== 'object' || value === null) return value as JsonValue
  const { className, config } = value as { readonly [name: string]: Json }
  if (typeof className !== 'string') return toKeras(value as { readonly [name: string]: Json })
  const module = MODULES.find(([ending]) => key.endsWith(ending))?.[1] ?? 'keras'
  return kerasObject(module, className, toKeras((config ?? {}) as { readonly [name: string]: Json }))
}

/** Arguments of optimizers, schedules and metrics that Keras refuses when they are Python integers, or fails with. */
const FLOATS: ReadonlySet<string> = new Set([
  ...['learning_rate', 'initial_learning_rate', 'end_learning_rate', 'warmup_target', 'values', 'alpha', 'power'],
  ...['decay_rate', 'm_mul', 't_mul', 'momentum', 'beta', 'threshold'],
])

/** The text of a config, with a point in every number that Python must take for a float. */
export function kerasJson(config: JsonValue): string {
  return writeJson(config, FLOATS)
}

/** An object as Keras 3 writes it. */
export function kerasObject(module: string, className: string, config: JsonObject): JsonObject {
  return { module, class_name: className, config, registered_name: null }
}

/**
 * A value of Keras's as our schemas take it. What is null in a nested config stands for its default, and newer versions of
 * Keras add such keys all the time, so it is left out.
 */
export function toOurs(value: JsonValue): Json {
  if (Array.isArray(value)) return value.map(toOurs)
  if (!isObject(value)) return value as Json
  if (typeof value.class_name !== 'string') return keysToOurs(value)
  const config = isObject(value.config) ? keysToOurs(value.config) : toOurs(value.config ?? {})
  return { className: value.class_name, config }
}

function keysToOurs(object: JsonObject): { readonly [name: string]: Json } {
  const entries = Object.entries(object).filter(([key, value]) => value !== null && !TECHNICAL.has(key))
  return Object.fromEntries(entries.map(([key, value]) => [ourKey(key), toOurs(value)]))
}

/** Keys of every Keras object that say nothing about what it computes here, where all is f32. */
export const TECHNICAL: ReadonlySet<string> = new Set(['dtype', 'module', 'registered_name', 'shared_object_id'])
