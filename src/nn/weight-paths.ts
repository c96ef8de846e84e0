/** @file The names of a network's weights, which files and charts carry. */
import type { Layer } from './layer.ts'
import type { Variable } from './variable.ts'

/**
 * All weights by their paths in this network: `dense/kernel`, and `backbone/conv2d/kernel` where a network or another layer
 * with layers of its own lies in it. A weight that several layers share has the path that is met first.
 * @param clash what to do with a path that another weight has already
 */
export function weightPaths(network: Layer, clash: (path: string) => void = () => {}): Map<string, Variable> {
  const paths = new Map<string, Variable>()
  const seen = new Set<Layer>()
  const visit = (layer: Layer, prefix: string): void => {
    if (seen.has(layer)) return
    seen.add(layer)
    for (const variable of ownWeights(layer)) {
      const path = prefix + variable.name
      if (paths.has(path)) clash(path)
      paths.set(path, variable)
    }
    for (const part of layer.sublayers) visit(part, `${prefix}${part.name}/`)
  }
  visit(network, '')
  return paths
}

/** The weights of a layer without those of the layers in it, trainable ones first. */
export function ownWeights(layer: Layer): Variable[] {
  const below = new Set(layer.sublayers.flatMap(({ weights }) => weights))
  return layer.weights.filter((weight) => !below.has(weight))
}
