/** @file Runs metrics in f64 on plain rows, for tests. */
import { evaluate } from '../../ops/evaluate.ts'
import type { RefArray } from '../../ops/reference-kernel.ts'
import { sizeOf } from '../../tensor/ndarray.ts'
import { Trace } from '../trace.ts'
import type { Metric, Sums } from './metric.ts'

/** One batch; items of targets and outputs may be nested. */
export interface Batch {
  readonly y: readonly unknown[]
  readonly p: readonly unknown[]
  readonly weights?: readonly number[]
}

/** The value of a metric over batches. */
export function measureMetric(metric: Metric, ...batches: readonly Batch[]): number {
  const totals: Record<string, Float64Array> = {}
  let count = 0
  for (const batch of batches) {
    for (const [name, values] of Object.entries(sumsOf(metric, batch)))
      totals[name] = (totals[name] ?? new Float64Array(values.length)).map((total, i) => total + values[i])
    count += batch.weights ? batch.weights.reduce((a, b) => a + b, 0) : batch.p.length
  }
  return metric.result(totals, count)
}

function sumsOf(metric: Metric, { y, p, weights }: Batch): Sums {
  const trace = new Trace({ training: false })
  const output = trace.input('p', shapeOf(p), 'f32').node
  const kind = typeof metric.targets === 'string' ? metric.targets : metric.targets(output.shape.slice(1))
  const targetShape = kind === 'labels' ? [...output.shape.slice(0, -1), 1] : output.shape
  const targets = trace.input('y', targetShape, kind === 'labels' ? 'i32' : 'f32').node
  const weight = weights && trace.input('w', [weights.length, 1], 'f32').node
  const sums = metric.sums(targets, output, weight)
  for (const [name, node] of Object.entries(sums)) trace.graph.output(name, node)
  const fed = new Map([[output, p], [targets, y], ...(weight && weights ? [[weight, weights] as const] : [])])
  const variables = new Map(trace.variables.map((variable) => [trace.read(variable), [...variable.read()]]))
  const values = evaluate(trace.graph.live(), (leaf) => {
    const given = fed.get(leaf) ?? variables.get(leaf) ?? [leaf.attrs.value as number]
    const data = Float64Array.from((given as unknown[]).flat(9) as number[])
    if (data.length !== sizeOf(leaf.shape)) throw new Error(`${leaf.attrs.name}: ${data.length} values`)
    return { data, shape: leaf.shape }
  })
  return Object.fromEntries(Object.entries(sums).map(([name, node]) => [name, (values.get(node) as RefArray).data]))
}

function shapeOf(values: readonly unknown[]): number[] {
  return Array.isArray(values[0]) ? [values.length, ...shapeOf(values[0])] : [values.length]
}
