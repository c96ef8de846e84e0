/** @file What is learned and logged at each output of a model. */
import { received, SeparableError } from '../base/errors.ts'
import type { SymbolicTensor } from '../nn/layer.ts'
import type { Loss } from '../nn/losses/index.ts'
import type { Metric } from '../nn/metrics/index.ts'
import { suggest } from '../nn/names.ts'

/** One value for the only output or for all, one for each output in their order, or by the outputs' names. */
export type ByOutput<T> = T | readonly T[] | { readonly [output: string]: T }

/** A metric under the name that logs show. */
export interface Logged {
  readonly name: string
  readonly metric: Metric
}

/** One output of a model: its loss and its metrics. */
export interface Head {
  /** The name of the output's layer. */
  readonly output: string
  /** null where nothing is learned. */
  readonly loss: Loss | null
  /** The name under which the loss of this output is logged; null where the total loss says it all. */
  readonly lossName: string | null
  readonly lossWeight: number
  /** Every image counts alike in these. */
  readonly metrics: readonly Logged[]
  /** Images count as `sampleWeight` and `classWeight` say. */
  readonly weightedMetrics: readonly Logged[]
}

/** The name of an output, as in Keras: that of the layer. */
export function outputName({ source }: SymbolicTensor): string {
  return source.layer.name
}

/** The names of all outputs; of several of one layer the later ones are counted: `two`, `two_1`. */
export function outputNames(outputs: readonly SymbolicTensor[]): string[] {
  const names = outputs.map(outputName)
  return names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length
    return before === 0 ? name : `${name}_${before}`
  })
}

/** The values of a dictionary in the order of the outputs; undefined where it has none. @throws SeparableError (`argument`) */
export function pickByName<T>(
  owner: string,
  dictionary: { readonly [output: string]: T },
  names: readonly string[],
): (T | undefined)[] {
  for (const key of Object.keys(dictionary))
    if (!names.includes(key))
      throw new SeparableError(
        'argument',
        `${owner}: no output has this name${suggest(key, names)} (outputs: ${names.join(', ')}), ${received(key)}`,
      )
  return names.map((name) => (Object.hasOwn(dictionary, name) ? dictionary[name] : undefined))
}

/** A list with one entry for each output. @throws SeparableError (`argument`) when it has another length */
export function demandOneEach<T>(owner: string, list: readonly T[], names: readonly string[]): readonly T[] {
  if (list.length === names.length) return list
  throw new SeparableError(
    'argument',
    `${owner} as a list must have one entry for each of the outputs ${names.join(', ')}, ${received(list.length)}`,
  )
}
