/** @file The shape of a network: which layers lie between some inputs and outputs, and in which order they run. */
import { received, SeparableError } from '../base/errors.ts'
import type { Application, Layer, SymbolicTensor } from './layer.ts'
import { InputLayer } from './layers/input.ts'

export interface Topology {
  readonly inputs: readonly SymbolicTensor[]
  readonly outputs: readonly SymbolicTensor[]
  /** Each after those that it needs; the inputs first. */
  readonly applications: readonly Application[]
  /** In Keras's order: the longer the way to the outputs, the earlier. */
  readonly layers: readonly Layer[]
}

/**
 * Walks from the outputs back to the inputs.
 * @throws SeparableError (`argument`) when an output hangs on an input that is not listed, or two layers share a name
 */
export function topologyOf(
  name: string,
  inputs: readonly SymbolicTensor[],
  outputs: readonly SymbolicTensor[],
): Topology {
  for (const { source } of inputs)
    if (!(source.layer instanceof InputLayer))
      throw new SeparableError('argument', `${name}: inputs must be made by input(), ${received(source.layer.name)}`)
  const { applications, firstSeen } = walk(outputs)
  const given = new Set(inputs.map(({ source }) => source))
  for (const each of applications)
    if (each.inputs.length === 0 && !given.has(each))
      throw new SeparableError(
        'argument',
        `${name}: the outputs need an input that is not listed, ${received(each.layer.name)}`,
      )
  const layers = byDepth(applications, firstSeen)
  for (const { source } of inputs) if (!layers.includes(source.layer)) layers.unshift(source.layer)
  checkNames(name, layers)
  return { inputs, outputs, applications, layers }
}

/**
 * Applications in the order in which they can run, and the order in which the walk met their layers: depth first, each before
 * what it needs when it is met, after it when it runs. No recursion, because networks may be deeper than the stack.
 */
function walk(outputs: readonly SymbolicTensor[]) {
  const done = new Set<Application>()
  const firstSeen = new Map<Layer, number>()
  for (const { source } of outputs) {
    const stack = [{ application: source, next: 0 }]
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const { application } = top
      if (!firstSeen.has(application.layer)) firstSeen.set(application.layer, firstSeen.size)
      const input = application.inputs[top.next++]
      if (done.has(application)) stack.pop()
      else if (input) stack.push({ application: input.source, next: 0 })
      else done.add(application)
    }
  }
  return { applications: [...done], firstSeen }
}

/** Keras sorts layers by their greatest distance from an output, then by when its walk met them (`map_graph_network`). */
function byDepth(applications: readonly Application[], firstSeen: ReadonlyMap<Layer, number>): Layer[] {
  const depths = new Map<Application, number>()
  const layerDepths = new Map<Layer, number>()
  for (const application of applications.toReversed()) {
    const depth = Math.max(depths.get(application) ?? 0, layerDepths.get(application.layer) ?? 0)
    layerDepths.set(application.layer, depth)
    for (const { source } of application.inputs) depths.set(source, Math.max(depth + 1, depths.get(source) ?? 0))
  }
  const order = ([a, depthA]: [Layer, number], [b, depthB]: [Layer, number]) =>
    depthB - depthA || (firstSeen.get(a) ?? 0) - (firstSeen.get(b) ?? 0)
  return [...layerDepths].sort(order).map(([layer]) => layer)
}

function checkNames(name: string, layers: readonly Layer[]): void {
  const seen = new Set<string>()
  for (const layer of layers) {
    if (seen.has(layer.name))
      throw new SeparableError('argument', `${name}: two layers have the same name, ${received(layer.name)}`)
    seen.add(layer.name)
  }
}

/** Whether the layers follow each other like pearls on a string. */
export function isChain({ applications, layers }: Topology): boolean {
  return (
    applications.length === layers.length &&
    applications.slice(1).every((each, i) => {
      const [input, ...others] = each.inputs
      return others.length === 0 && input?.source === applications[i]
    })
  )
}
