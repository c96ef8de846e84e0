/** @file Runs an optimizer for a few steps with given gradients, in f64, for tests. */
import { evaluate } from '../../ops/evaluate.ts'
import type { RefArray } from '../../ops/reference-kernel.ts'
import { Trace } from '../trace.ts'
import { Variable } from '../variable.ts'
import type { Optimizer } from './optimizer.ts'

/** Values of all weights, by their names. */
export type Values = { readonly [weight: string]: readonly number[] }

/** The graph of a step over these weights; their gradients are parameters `gradient/NAME`. */
export function traceStep(optimizer: Optimizer, weights: readonly Variable[], updates: boolean): Trace {
  const trace = new Trace({ training: true })
  const gradients = weights.map(({ path, shape, size }) =>
    trace.read(new Variable({ path: `gradient/${path}`, shape, initial: () => new Float32Array(size) })),
  )
  if (updates) optimizer.addUpdates(trace, weights, gradients)
  else optimizer.addAccumulation(trace, weights, gradients)
  return trace
}

/** The weights, and what is kept for them by path, after one step for each entry of `gradients`. */
export function descend(optimizer: Optimizer, start: Values, gradients: readonly Values[]) {
  const weights = Object.entries(start).map(
    ([path, values]) => new Variable({ path, shape: [values.length], initial: () => Float32Array.from(values) }),
  )
  const state = new Map(Object.entries(start).map(([path, values]) => [path, Float64Array.from(values)]))
  for (const given of gradients) {
    const { graph } = traceStep(optimizer, weights, optimizer.updatesNext)
    for (const slot of optimizer.slots) if (!state.has(slot.path)) state.set(slot.path, Float64Array.from(slot.read()))
    const scalars: { readonly [name: string]: number } = optimizer.nextScalars()
    const values = evaluate(graph.live(), ({ attrs, shape, op }) => {
      const name = String(attrs.name)
      if (op.traits.leaf === 'constant') return { data: Float64Array.of(Number(attrs.value)), shape }
      const data = name.startsWith('gradient/') ? given[name.slice(9)] : (state.get(name) ?? [scalars[name]])
      return { data: Float64Array.from(data), shape }
    })
    for (const { param, value } of graph.updates)
      state.set(String(param.attrs.name), Float64Array.from((values.get(value) as RefArray).data))
    optimizer.iterations += 1
  }
  return new Map([...state].map(([path, values]) => [path, [...values]]))
}
