/** @file How much memory a model takes, part by part, from what is known before anything runs. */
import type { GraphMemoryKind } from '../backends/engine.ts'
import type { SymbolicTensor } from '../nn/layer.ts'
import type { Variable } from '../nn/variable.ts'
import { storageOf } from '../ops/cpu/storage.ts'
import type { MemoryPart } from '../passes/cpu/footprint.ts'
import { sizeOf } from '../tensor/ndarray.ts'
import type { Format } from './graphs.ts'
import type { Session, Step } from './session.ts'

/**
 * - `weights`, `slots`: weights of the network, and what the optimizer keeps for each of them, in the engine
 * - `arrays`: the same as JavaScript arrays: the first values, until they are collected, and all that `dispose` brings home
 * - `examples`: the data with what belongs to each example, the order in which they are shuffled, and a batch of them
 */
export type MemoryKind = GraphMemoryKind | 'weights' | 'slots' | 'arrays' | 'examples'

/** Plain data; `parts` add up to `bytes`. */
export interface MemoryUse {
  readonly purpose: 'train' | 'predict'
  readonly batchSize: number
  readonly threads: number
  readonly examples: number
  readonly bytes: number
  readonly parts: readonly MemoryPart<MemoryKind>[]
}

interface Setup {
  readonly format: Format
  readonly examples: number
  readonly inputs: readonly SymbolicTensor[]
  readonly outputs: readonly SymbolicTensor[]
  /** Weights of the network; all else that the graph reads belongs to the optimizer. */
  readonly weights: readonly Variable[]
}

export function memoryUse(purpose: MemoryUse['purpose'], setup: Setup, { engine }: Session, step: Step): MemoryUse {
  const parts = [
    ...parameterParts(step.variables, setup.weights),
    ...(step.executable.footprint?.() ?? []),
    { kind: 'arrays' as const, label: '', bytes: arrayBytes(setup.weights) + arrayBytes(step.variables) },
    { kind: 'examples' as const, label: '', bytes: examplesBytes(purpose, setup) },
  ]
  return {
    purpose,
    batchSize: setup.format.batch,
    threads: engine.threads,
    examples: setup.examples,
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    parts,
  }
}

/** Slots carry the key of their weight in the middle of their own. */
function parameterParts(variables: readonly Variable[], weights: readonly Variable[]): MemoryPart<MemoryKind>[] {
  const own = new Set(weights)
  const byKey = new Map(weights.map((weight) => [weight.key, weight.path]))
  return variables.map((variable): MemoryPart<MemoryKind> => {
    const { path, stored } = variable
    const { bytes } = storageOf({ shape: stored, dtype: 'f32', batched: false })
    if (own.has(variable)) return { kind: 'weights', label: path, bytes }
    const key = path.slice(path.indexOf('/') + 1, path.lastIndexOf('/'))
    return { kind: 'slots', label: byKey.get(key) ?? '', bytes }
  })
}

function arrayBytes(variables: readonly Variable[]): number {
  return variables.reduce((sum, { size }) => sum + 4 * size, 0)
}

/** Class numbers are kept twice, as given and as checked; they stand for whatever targets there are. */
function examplesBytes(purpose: MemoryUse['purpose'], { format, examples, inputs, outputs }: Setup): number {
  const input = inputs.reduce((sum, tensor, i) => sum + itemSize(tensor) * (format.dtypes[i] === 'u8' ? 1 : 4), 0)
  if (purpose === 'predict') return examples * (input + outputs.reduce((sum, tensor) => sum + 4 * itemSize(tensor), 0))
  const [labels, order] = [2 * 4, 4]
  return examples * (input + labels + order) + format.batch * (input + 4)
}

function itemSize({ shape }: SymbolicTensor): number {
  return sizeOf(shape.slice(1) as number[])
}
