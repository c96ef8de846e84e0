/** @file Normalisation of inputs with means and variances that are given or taken from data, and never trained. */
import { received, SeparableError } from '../../base/errors.ts'
import type { Node } from '../../ir/node.ts'
import { add, clip, div, mul, sqrt, sub } from '../../ops/index.ts'
import type { NdArray, Shape, TypedArray } from '../../tensor/ndarray.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { bool, field, int } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import { Variable } from '../variable.ts'
import { itemAxis } from './axes.ts'

type Statistic = number | readonly number[]

function statistic(doc: string) {
  const isNumber = (input: unknown): input is number => Number.isFinite(input)
  return field<Statistic>({
    doc,
    expects: 'a number or a list of numbers',
    parse: (input) => (isNumber(input) || (Array.isArray(input) && input.every(isNumber)) ? input : undefined),
  }).orNull()
}

const schema = {
  axis: int('the axis along which each element has a mean of its own, the last one; null has one mean for all')
    .orNull()
    .default(-1),
  mean: statistic('the mean, one for all or one for each channel; null takes it from data'),
  variance: statistic('the variance, as the mean'),
  invert: bool('whether the inverse is computed: x sqrt(variance) + mean').default(false),
}

/** Standard deviations are at least this (Keras: `backend.epsilon()`). */
const EPSILON = 1e-7

export class Normalization extends Layer<typeof schema> {
  static override readonly className = 'Normalization'
  static override readonly schema = schema
  #mean!: Variable
  #variance!: Variable
  /** Where `adapt` leaves what it found until there are weights. */
  #found: { readonly mean: Float32Array<ArrayBuffer>; readonly variance: Float32Array<ArrayBuffer> } | undefined

  constructor(args?: LayerArgs<typeof schema>) {
    super(args)
    const { mean, variance } = this.config
    if ((mean === null) !== (variance === null))
      throw new SeparableError(
        'argument',
        `${this.name} (Normalization): mean and variance go together, ${received({ mean, variance })}`,
      )
  }

  /**
   * Takes mean and variance from data [N,...], all of which must be there; replaces those of an earlier call.
   * @throws SeparableError (`argument`) when both were given to the constructor
   */
  adapt(data: NdArray<TypedArray>): void {
    if (this.config.mean !== null)
      throw new SeparableError(
        'argument',
        `${this.name}: adapt: the mean was given already, ${received(this.config.mean)}`,
      )
    const found = momentsOf(data, this.#size(data.shape.slice(1)))
    this.#found = found
    if (!this.built) return
    this.#mean.write(found.mean)
    this.#variance.write(found.variance)
  }

  override build(inputShape: Shape): void {
    const size = this.#size(inputShape)
    const { mean, variance } = this.config
    if (mean !== null && variance !== null) {
      this.#mean = this.#constant('mean', mean, size)
      this.#variance = this.#constant('variance', variance, size)
      return
    }
    const weight = (name: string, shape: Shape, values: () => Float32Array<ArrayBuffer>) => {
      const initializer = { className: 'Constant', config: {}, values }
      return this.addWeight(name, shape, { initializer, trainable: false, stored: [shape[0] ?? 1] })
    }
    const shape = this.config.axis === null ? [] : [size]
    this.#mean = weight('mean', shape, () => this.#found?.mean ?? new Float32Array(size))
    this.#variance = weight('variance', shape, () => this.#found?.variance ?? new Float32Array(size).fill(1))
    weight('count', [], () => new Float32Array(1))
  }

  override call(x: Tensor): Tensor {
    const center = x.trace.read(this.#mean)
    const deviation = clip(sqrt(x.trace.read(this.#variance)), EPSILON, Number.POSITIVE_INFINITY)
    const apply = (node: Node) =>
      this.config.invert ? add(mul(node, deviation), center) : div(sub(node, center), deviation)
    return x.map(apply)
  }

  /** How many means there are. */
  #size(item: Shape): number {
    const { axis } = this.config
    if (axis === null) return 1
    if (itemAxis(axis, item.length) === item.length - 1) return item[item.length - 1]
    throw new SeparableError('unsupported', `axis must be -1, the last one, or null, ${received(axis)}`)
  }

  #constant(name: string, value: Statistic, size: number): Variable {
    const values = [value].flat()
    if (values.length !== 1 && values.length !== size)
      throw new SeparableError('shape', `${name} must hold 1 or ${size} numbers, ${received(values.length)}`)
    return new Variable({
      path: `${this.name}/${name}`,
      shape: [values.length],
      trainable: false,
      initial: () => Float32Array.from(values),
    })
  }
}

/** Mean and biased variance of every `size`-th element. */
function momentsOf({ data }: NdArray<TypedArray>, size: number) {
  const count = data.length / size
  const means = (of: (value: number, column: number) => number) => {
    const sums = new Float64Array(size)
    data.forEach((value, i) => {
      sums[i % size] += of(value, i % size)
    })
    return sums.map((sum) => sum / count)
  }
  const mean = means((value) => value)
  const variance = means((value, column) => (value - mean[column]) ** 2)
  return { mean: Float32Array.from(mean), variance: Float32Array.from(variance) }
}

/**
 * (x - mean) / sqrt(variance), so that inputs lie around 0 with variance 1. Both are given, or `adapt(data)` takes them from
 * examples before training.
 *
 * Input and result [N,...,C]. Weights, not trained, unless mean and variance are given: mean [C], variance [C] and count.
 * Defaults: axis -1, mean null, variance null, invert false.
 * Keras: https://keras.io/api/layers/preprocessing_layers/numerical/normalization/
 * @throws SeparableError (`argument`) when only one of mean and variance is given
 */
export function normalization(args: LayerArgs<typeof schema> = {}): Normalization {
  return new Normalization(args)
}
