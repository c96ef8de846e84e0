/**
 * @file Where each weight of a network lies in a file. Keras 3 names places by class and position
 * (`layers/conv2d_1/vars/0`), Keras 2 by the names of layers.
 */
import { received, SeparableError } from '../base/errors.ts'
import type { Steps } from '../base/steps.ts'
import type { NamedArrays } from '../formats/arrays.ts'
import { H5Group } from '../formats/hdf5/read.ts'
import type { LegacyWeight } from '../formats/keras/legacy.ts'
import { Layer } from '../nn/layer.ts'
import { snakeCase } from '../nn/names.ts'
import { Network } from '../nn/network.ts'
import type { Variable } from '../nn/variable.ts'
import { ownWeights, weightPaths } from '../nn/weight-paths.ts'
import { type NdArray, showShape } from '../tensor/ndarray.ts'

/** The own weights of one layer and their group in the file. */
export interface Place {
  /** `layers/conv2d/vars` */
  readonly path: string
  readonly layer: Layer
  /** Trainable ones first. */
  readonly variables: readonly Variable[]
}

/** How a version of Keras names the places of the layers in a network. */
interface Layout {
  readonly list: string
  /** By how much a layer raises the count of its class. */
  readonly step: (layer: Layer) => number
}

const KERAS_3: Layout = { list: 'layers', step: () => 1 }
const LIST_OF_KERAS_2 = '_layer_checkpoint_dependencies'
/** Keras 2.12 and 2.13 came by each layer that has weights twice, and counted it twice. */
const LAYOUTS: readonly Layout[] = [
  KERAS_3,
  { ...KERAS_3, list: LIST_OF_KERAS_2 },
  { list: LIST_OF_KERAS_2, step: ({ weights }) => (weights.length > 0 ? 2 : 1) },
]

/**
 * All places of a network in Keras 3's order: a layer's own weights, then the layers in it. Those of a network stand in
 * `layers`, those of other layers under the name of their field.
 */
export function placesOf(network: Layer, layout = KERAS_3): Place[] {
  const seen = new Set<Layer>()
  const visit = (layer: Layer, path: string): Place[] => {
    if (seen.has(layer)) return []
    seen.add(layer)
    const parts = partsOf(layer, layout).flatMap(([field, value]) =>
      Array.isArray(value)
        ? inContainer(value, layer instanceof Network ? layout : KERAS_3).flatMap(([name, each]) =>
            visit(each, `${path}${field}/${name}/`),
          )
        : visit(value as Layer, `${path}${field}/`),
    )
    return [{ path: `${path}vars`, layer, variables: ownWeights(layer) }, ...parts]
  }
  return visit(network, '')
}

function partsOf(layer: Layer, { list }: Layout): (readonly [field: string, value: Layer | readonly Layer[]])[] {
  if (layer instanceof Network) return [[list, layer.layers]]
  const isPart = (value: unknown) =>
    value instanceof Layer || (Array.isArray(value) && value.some((each) => each instanceof Layer))
  return Object.entries(layer)
    .filter(([, value]) => isPart(value))
    .map(([field, value]) => [snakeCase(field), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

/** `conv2d`, `conv2d_1`, ...: counted for each class, whatever the layers' names are. */
function inContainer(layers: readonly unknown[], { step }: Layout): [name: string, layer: Layer][] {
  const counts = new Map<string, number>()
  return layers
    .filter((each) => each instanceof Layer)
    .map((layer) => {
      const base = snakeCase(layer.className)
      const count = counts.get(base) ?? 0
      counts.set(base, count + step(layer))
      return [count === 0 ? base : `${base}_${count}`, layer]
    })
}

// ------------------------------------------------------------------------------ reading

/** Numbers for a weight. */
export interface Assignment {
  readonly variable: Variable
  readonly values: NdArray
}

/** Changes weights, all of them; the arrays become theirs. */
export function assign(assignments: readonly Assignment[]): void {
  for (const { variable, values } of assignments) variable.take(values.data)
}

/**
 * The weights of a network from Keras 3's tree.
 * @throws SeparableError (`data`) naming the layer whose weights are missing or have other shapes
 */
export function* fromTree(network: Layer, root: H5Group, what: string): Steps<Assignment[]> {
  const used = new Set<H5Group>()
  const layout = layoutOf(network, root)
  const assignments: Assignment[] = []
  for (const { path, layer, variables } of placesOf(network, layout)) {
    const group = groupAt(root, path)
    if (group) used.add(group)
    const count = group?.children.size ?? 0
    if (count !== variables.length) throw wrongCount(what, `${layer.name} (${path})`, variables.length, count)
    for (const [i, variable] of variables.entries()) {
      assignments.push(match(variable, group?.dataset(`${i}`)?.read(), `${what}: ${path}/${i}`))
      yield
    }
  }
  const [extra] = unusedGroups(root.group(layout.list) ?? root, used)
  if (extra) throw wrongCount(what, extra.path, 0, extra.children.size)
  return assignments
}

/** That of the version of Keras that wrote the file: the one in which every weight has a place. */
function layoutOf(network: Layer, root: H5Group): Layout {
  const isComplete = ({ path, variables }: Place) => variables.length === 0 || groupAt(root, path) !== undefined
  return LAYOUTS.find((layout) => placesOf(network, layout).every(isComplete)) ?? KERAS_3
}

/** Keras 2 on Windows wrote paths with the separator of the system, but for the last. */
function groupAt(root: H5Group, path: string): H5Group | undefined {
  return root.group(path) ?? root.group(path.replace(/\/(?=.*\/)/g, '\\'))
}

/** Groups that hold no weights of layers. */
const OF_TRAINING = /^(optimizer$|metrics\b)/

/** Groups of weights right below the layers of a network that no layer asked for. */
function unusedGroups(layers: H5Group, used: ReadonlySet<H5Group>): H5Group[] {
  return [...layers.children.values()].flatMap((child) => {
    const vars = child instanceof H5Group ? child.group('vars') : undefined
    return vars && vars.children.size > 0 && !used.has(vars) && !OF_TRAINING.test(child.path) ? [vars] : []
  })
}

/**
 * The weights of a network from the file format of Keras 2: by the names of its layers, or, when other names stand there,
 * in order.
 * @throws SeparableError (`data`) naming the layer whose weights are missing or have other shapes
 */
export function* fromLegacy(
  network: Network,
  layers: ReadonlyMap<string, readonly LegacyWeight[]>,
  what: string,
): Steps<Assignment[]> {
  const own = network.layers.filter(({ weights }) => weights.length > 0)
  // Slashes in names are none here.
  const renamed = new Map([...layers].map(([name, weights]) => [name.replaceAll('/', '_'), weights]))
  const stored = [...layers].filter(([, weights]) => weights.length > 0)
  if (own.length !== stored.length) throw wrongCount(what, 'layers with weights', own.length, stored.length)
  const named = own.every(({ name }) => renamed.has(name))
  const assignments: Assignment[] = []
  for (const [i, layer] of own.entries()) {
    const [name, weights] = named ? [layer.name, renamed.get(layer.name) ?? []] : stored[i]
    const variables = legacyOrder(layer, weights)
    if (weights.length !== variables.length) throw wrongCount(what, name, variables.length, weights.length)
    for (const [k, variable] of variables.entries()) {
      assignments.push(match(variable, weights[k].dataset.read(), `${what}: ${weights[k].name}`))
      yield
    }
  }
  return assignments
}

/** Keras 2 puts all trainable weights of a layer first; a layer that was frozen when it was saved keeps its own order. */
export function legacyOrder(layer: Layer, weights?: readonly LegacyWeight[]): readonly Variable[] {
  const order = [...layer.trainableWeights, ...layer.nonTrainableWeights]
  const fits = (variables: readonly Variable[]) =>
    variables.every(({ shape }, i) => showShape(shape) === showShape(weights?.[i]?.dataset.shape ?? []))
  if (!weights || fits(order)) return order
  const once = [...layer.weights.filter(({ trainable }) => trainable), ...layer.weights.filter((w) => !w.trainable)]
  return fits(once) ? once : layer.weights
}

/**
 * The weights of a network from arrays by the names that `namedWeights` gives.
 * @throws SeparableError (`data`) naming the weight that is missing, has another shape or is no weight of the network
 */
export function* fromNames(network: Layer, arrays: NamedArrays, what: string): Steps<Assignment[]> {
  const own = weightPaths(network)
  for (const name of arrays.keys())
    if (!own.has(name))
      throw new SeparableError('data', `${what}: ${network.name} has no weight of this name, ${received(name)}`)
  return [...own].map(([name, variable]) => match(variable, arrays.get(name), `${what}: ${name}`))
}

function match(variable: Variable, values: NdArray | undefined, where: string): Assignment {
  if (!values) throw new SeparableError('data', `${where}: the weight ${variable.path} is missing, ${received(values)}`)
  if (showShape(values.shape) === showShape(variable.shape)) return { variable, values }
  throw new SeparableError(
    'data',
    `${where}: the weight ${variable.path} wants the shape ${showShape(variable.shape)}, ${received(values.shape)}`,
  )
}

function wrongCount(what: string, where: string, wanted: number, count: number): SeparableError {
  return new SeparableError('data', `${what}: ${where}: the model wants ${wanted} arrays here, ${received(count)}`)
}
