/**
 * @file The .h5 files of Keras 1 to 3 (keras/src/legacy/saving/legacy_h5_format.py): the config in attributes of the root,
 * the weights by the names of layers, long lists of names spread over several attributes.
 */
import type { NdArray } from '../../tensor/ndarray.ts'
import { damaged } from '../bytes.ts'
import type { H5Dataset, H5Group } from '../hdf5/read.ts'
import { type JsonObject, parseJsonObject } from '../json.ts'

/** A weight of a layer, in the file's order; the numbers are read when they are asked for. */
export interface LegacyWeight {
  readonly name: string
  readonly dataset: H5Dataset
}

export interface LegacyFile {
  /** Undefined in a file of weights alone. */
  readonly config: JsonObject | undefined
  readonly compile: JsonObject | undefined
  readonly version: string | undefined
  readonly layers: ReadonlyMap<string, readonly LegacyWeight[]>
  readonly optimizer: readonly LegacyWeight[]
}

/** Whether this is such a file, and not a `.weights.h5` of Keras 3. */
export function isLegacy(root: H5Group): boolean {
  return root.children.has('model_weights') || root.attribute(`${LAYERS}`) !== undefined || hasPart(root, LAYERS)
}

const LAYERS = 'layer_names'
const WEIGHTS = 'weight_names'

/** @throws SeparableError (`data`) when names and groups do not fit together */
export function readLegacy(root: H5Group, what: string): LegacyFile {
  const layers = root.group('model_weights') ?? root
  const optimizer = root.group('optimizer_weights')
  return {
    config: jsonAttribute(root, 'model_config', what),
    compile: jsonAttribute(root, 'training_config', what),
    version: textAttribute(root, 'keras_version') ?? textAttribute(layers, 'keras_version'),
    layers: new Map(
      namesIn(layers, LAYERS, what).map((name) => {
        const group = layers.group(name)
        if (!group) throw damaged(what, 'has no weights for a layer that it names', name)
        return [name, weightsOf(group, what)]
      }),
    ),
    optimizer: optimizer ? weightsOf(optimizer, what) : [],
  }
}

function weightsOf(group: H5Group, what: string): LegacyWeight[] {
  return namesIn(group, WEIGHTS, what).map((name) => {
    const dataset = group.dataset(name)
    if (!dataset) throw damaged(what, `has no numbers for a weight that ${group.path} names`, name)
    return { name, dataset }
  })
}

/** The list in an attribute, or in several: `weight_names0`, `weight_names1`, ... */
function namesIn(group: H5Group, attribute: string, what: string): string[] {
  const names: string[] = []
  for (let part = 0; ; part++) {
    const whole = part === 0 ? group.attribute(attribute) : undefined
    const value = whole ?? group.attribute(`${attribute}${part}`)
    if (value === undefined) return names
    if (!isEmpty(value) && !isTexts(value)) throw damaged(what, `has no list of texts in ${attribute}`, value)
    names.push(...(isEmpty(value) ? [] : (value as readonly string[])))
    if (whole !== undefined) return names
  }
}

function hasPart(group: H5Group, attribute: string): boolean {
  return group.attributeNames.includes(`${attribute}0`)
}

/** An empty list has no kind of its own: h5py writes it as numbers. */
function isEmpty(value: string | readonly string[] | NdArray): boolean {
  return typeof value === 'object' && 'data' in value && value.data.length === 0
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function textAttribute(group: H5Group, name: string): string | undefined {
  const value = group.attribute(name)
  return typeof value === 'string' ? value : undefined
}

function jsonAttribute(root: H5Group, name: string, what: string): JsonObject | undefined {
  const text = textAttribute(root, name)
  return text === undefined ? undefined : parseJsonObject(text, `${what}: ${name}`)
}
