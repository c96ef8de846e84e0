/**
 * @file What a metric is: sums over the images of a batch, made in the graph, and a formula for their totals over all
 * batches. So no output leaves the engine while training, and means weigh every image alike.
 */
import { blaming } from '../../base/errors.ts'
import type { Node } from '../../ir/node.ts'
import { mul, repeatChannels, reshape, scale, sumLeading } from '../../ops/index.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import type { Loss, Measure, TargetKind } from '../losses/loss.ts'
import { type Args, type ArgsParameter, type Resolved, resolve, type Schema, text, withSchema } from '../schema.ts'

/** Totals over all batches by name. */
export type Sums = { readonly [name: string]: Float64Array }

export interface Metric {
  /** What it is called in logs: `kind` unless it was given a name of its own. */
  readonly name: string
  /** The function that makes such metrics: `sparseCategoricalAccuracy`. A metric of one's own has none. */
  readonly kind?: string
  /** May depend on the shape of the output, [N, ..., K] without N. */
  readonly targets: TargetKind | ((output: Shape) => TargetKind)
  /** Whether training wants more or less of it: what callbacks mean by better. */
  readonly better: 'lower' | 'higher'
  /** The arguments, completed. */
  readonly config: { readonly [name: string]: unknown }
  /**
   * What is summed over the images of a batch: unbatched values by name.
   * @param output what the network returns, [N, ..., K]
   * @param weights [N,1]: how often each image counts
   */
  sums(targets: Node, output: Node, weights?: Node): { readonly [name: string]: Node }
  /**
   * The value behind sums over all batches.
   * @param count images, or the sum of their weights
   */
  result(sums: Sums, count: number): number
}

/** What every metric takes beside its own arguments. */
const NAMED = { name: text('what it is called in logs; null is the name of its function').orNull() }

/** All arguments of a metric whose own are `A`. */
export type MetricArgs<A> = A & Args<typeof NAMED>

interface MetricRule<S extends Schema> extends Pick<Metric, 'targets' | 'better'> {
  readonly kind: string
  readonly schema: S
  readonly sums: (
    targets: Node,
    output: Node,
    weights: Node | undefined,
    config: Resolved<S>,
  ) => ReturnType<Metric['sums']>
  readonly result: (sums: Sums, count: number, config: Resolved<S>) => number
}

/** A function that makes metrics from their arguments. */
export function defineMetric<S extends Schema>(rule: MetricRule<S>) {
  const { kind, targets, better, sums, result } = rule
  const schema = { ...rule.schema, ...NAMED }
  return withSchema(schema, (...[args]: ArgsParameter<MetricArgs<Args<S>>>): Metric => {
    const config = resolve(kind, schema, args)
    return {
      name: (config as Resolved<typeof NAMED>).name ?? kind,
      kind,
      targets,
      better,
      config,
      sums: (y, output, weights) => blaming(kind, () => sums(y, output, weights, config)),
      result: (totals, count) => result(totals, count, config),
    }
  })
}

interface MeanRule<S extends Schema> extends Omit<MetricRule<S>, 'sums' | 'result'> {
  readonly measure: (targets: Node, output: Node, config: Resolved<S>) => Measure
}

/** A function that makes metrics which are means over the images. Keras: `MeanMetricWrapper`. */
export function defineMean<S extends Schema>({ measure, ...rest }: MeanRule<S>) {
  return defineMetric<S>({
    ...rest,
    sums(targets, output, weights, config) {
      const { elements, weight } = measure(targets, output, config)
      return { total: scale(sumOver(elements, weights), weight) }
    },
    result: ({ total }, count) => ratio(sum(total), count),
  })
}

/** The mean of a loss, as a metric of the same name and arguments. */
export function meanOfLoss<A extends object>(
  loss: ((args?: A) => Loss) & { readonly schema: Schema },
  better: Metric['better'] = 'lower',
) {
  return withSchema({ ...loss.schema, ...NAMED }, (args: MetricArgs<A> = {} as MetricArgs<A>): Metric => {
    // What is no object at all goes on to the loss, which refuses it.
    const { name, ...rest } = args ?? {}
    const own = typeof args === 'object' && args !== null && !Array.isArray(args) ? rest : args
    const { name: kind, targets, config, measure } = loss(own as unknown as A)
    const mean = defineMean({ kind, targets, better, schema: {}, measure })({ name })
    return { ...mean, config: { ...config, ...mean.config } }
  })
}

/** The sum over the images of x [N,...,K], each times its weight: [K]. */
export function sumOver(x: Node, weights: Node | undefined): Node {
  if (!weights) return sumLeading(x)
  const item = x.shape.slice(1)
  return sumLeading(mul(x, reshape(repeatChannels(weights, sizeOf(item)), item)))
}

export function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0)
}

/** a / b, and 0 where there is nothing to divide by, as in Keras. */
export function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b
}
