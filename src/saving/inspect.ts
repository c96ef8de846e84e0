/** @file What is in a file, as plain data for people to look at: nothing is built, no array is unpacked that need not be. */
import { oneLine, received, SeparableError, shortened } from '../base/errors.ts'
import type { ElementType } from '../formats/hdf5/datatype.ts'
import { H5Dataset, type H5Group, readHdf5 } from '../formats/hdf5/read.ts'
import { isObject, type JsonObject, type JsonValue } from '../formats/json.ts'
import { isKerasArchive, readKerasArchive } from '../formats/keras/archive.ts'
import { isLegacy, readLegacy } from '../formats/keras/legacy.ts'
import { readNpy, readNpz } from '../formats/npy.ts'
import { isSafetensors, readSafetensors } from '../formats/safetensors.ts'
import type { NdArray, Shape } from '../tensor/ndarray.ts'
import { beginning } from './read.ts'

/** Names are cut to so many characters. */
const LONGEST_NAME = 120

/** The name of an array as it is listed. */
export function nameShown(name: string): string {
  return shortened(oneLine(name), LONGEST_NAME)
}

/** One array of a file. */
export interface ArrayFacts {
  readonly name: string
  readonly shape: Shape
  /** As the file stores it: `f32`, `i64`, `text`. */
  readonly type: string
}

export interface Inspection {
  /** `Keras 3 model` */
  readonly kind: string
  /** Lines about the file as a whole. */
  readonly facts: readonly string[]
  readonly arrays: readonly ArrayFacts[]
}

/** How each kind of file begins. */
const KINDS: readonly (readonly [
  signature: readonly number[],
  inspect: (bytes: Uint8Array, what: string) => Inspection,
])[] = [
  [[0x50, 0x4b], inspectZip],
  [[0x89, 0x48, 0x44, 0x46], inspectHdf5],
  [[0x93, 0x4e, 0x55, 0x4d], (bytes, what) => inspection('NumPy array', [], [['', readNpy(bytes, what)]])],
]

/**
 * What a .keras, .h5, .weights.h5, .safetensors, .npz or .npy file holds.
 * @param what the name of the file, for messages
 * @throws SeparableError `data` when it is damaged or none of these, `unsupported` when it cannot be read here
 */
export function inspectFile(bytes: Uint8Array, what: string): Inspection {
  const inspect = KINDS.find(([signature]) => signature.every((byte, i) => bytes[i] === byte))?.[1]
  if (inspect) return inspect(bytes, what)
  if (isSafetensors(bytes)) return inspectSafetensors(bytes, what)
  throw new SeparableError('data', `${what} is no file of a kind that is known, ${received(beginning(bytes))}`)
}

function inspection(kind: string, facts: readonly string[], arrays: Iterable<readonly [string, NdArray]>): Inspection {
  const listed = Array.from(arrays, ([name, { shape, dtype }]) => ({ name: nameShown(name), shape, type: dtype }))
  return { kind, facts: facts.map(oneLine), arrays: listed }
}

function inspectSafetensors(bytes: Uint8Array, what: string): Inspection {
  const { arrays, metadata } = readSafetensors(bytes, what)
  return inspection(
    'safetensors',
    [...metadata].map(([key, text]) => `${key}: ${text}`),
    arrays,
  )
}

function inspectZip(bytes: Uint8Array, what: string): Inspection {
  if (!isKerasArchive(bytes, what)) return inspection('NumPy arrays', [], readNpz(bytes, what))
  const { config, metadata, weights } = readKerasArchive(bytes, what)
  const facts = [originOf(metadata), ...modelFacts(config, config.compile_config)]
  const kind = `Keras ${`${metadata.keras_version}`.startsWith('2.') ? 2 : 3} model`
  return { kind, facts: facts.map(oneLine), arrays: arraysIn(weights) }
}

/** Who wrote a .keras file; the date of our own is always the same. */
function originOf({ keras_version: version, date_saved: date, generator }: JsonObject): string {
  if (typeof generator === 'string') return `written by ${generator} in the layout of Keras ${version}`
  return `written by Keras ${version ?? 'of unknown version'}${date === undefined ? '' : ` on ${date}`}`
}

function inspectHdf5(bytes: Uint8Array, what: string): Inspection {
  const root = readHdf5(bytes, what)
  const arrays = arraysIn(root)
  if (!isLegacy(root)) return { kind: root.group('layers') ? 'Keras 3 weights' : 'HDF5 file', facts: [], arrays }
  const { version, config, compile } = readLegacy(root, what)
  const facts = [...(version === undefined ? [] : [`written by Keras ${version}`]), ...modelFacts(config, compile)]
  return { kind: config ? 'Keras HDF5 model' : 'Keras HDF5 weights', facts: facts.map(oneLine), arrays }
}

/** `vars/2` before `vars/10`. */
const { compare } = new Intl.Collator('en', { numeric: true })

function arraysIn(group: H5Group): ArrayFacts[] {
  const children = [...group.children].sort(([a], [b]) => compare(a, b)).map(([, child]) => child)
  return children.flatMap((child) =>
    child instanceof H5Dataset
      ? [{ name: nameShown(child.path), shape: child.shape, type: typeName(child.type) }]
      : arraysIn(child),
  )
}

function typeName(type: ElementType): string {
  if (type.kind === 'number') return type.scalar
  return type.kind === 'other' ? type.name : type.kind === 'opaque' ? `${type.bytes} bytes` : 'text'
}

// ------------------------------------------------------------------------------ models

function modelFacts(config: JsonObject | undefined, compile: JsonValue | undefined): string[] {
  if (!config) return []
  const own = isObject(config.config) ? config.config : { layers: config.config }
  const name = typeof own.name === 'string' ? ` "${own.name}"` : ''
  const { layers } = own
  const facts = Array.isArray(layers)
    ? [`${nameOf(config)}${name} of ${layers.length} layers: ${kindsOf(layers)}`]
    : [`${nameOf(config)}${name}, a Python class, whose layers no file holds`]
  return isObject(compile) && Object.keys(compile).length > 0 ? [...facts, compileFact(compile)] : facts
}

/** `2 Conv2D, Flatten, Dense` */
function kindsOf(layers: readonly JsonValue[]): string {
  const counts = new Map<string, number>()
  for (const layer of layers) counts.set(nameOf(layer), (counts.get(nameOf(layer)) ?? 0) + 1)
  const kinds = [...counts].map(([kind, count]) => (count === 1 ? kind : `${count} ${kind}`))
  return kinds.join(', ') || 'none'
}

function compileFact(compile: JsonObject): string {
  const { optimizer, optimizer_config: older, loss, metrics } = compile
  return `compiled with ${namesIn([optimizer ?? older ?? null, loss ?? null, metrics ?? null]).join(', ') || 'no arguments'}`
}

/** Of all objects in lists and dictionaries of several outputs. */
function namesIn(value: JsonValue): string[] {
  if (value === null) return []
  if (Array.isArray(value)) return value.flatMap(namesIn)
  return isObject(value) && value.class_name === undefined ? Object.values(value).flatMap(namesIn) : [nameOf(value)]
}

/** The class of an object, or its name when it is written by name. */
function nameOf(value: JsonValue): string {
  if (typeof value === 'string') return value
  return isObject(value) && typeof value.class_name === 'string' ? value.class_name : 'something unknown'
}
