/** @file Normalisation of inputs with means and variances that are given or taken from data, and never trained. */
import { received, SeparableError } from '../../base/errors.ts'
import type { Node } from '../../ir/node.ts'
import { add, clip, div, mul, sqrt, sub } from '../../ops/index.ts'
import { asArray } from '../../tensor/as-array.ts'
import { type ArrayLikeInput, type NdArray, type Shape, sizeOf, type TypedArray } from '../../tensor/ndarray.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { bool, field } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import { Variable } from '../variable.ts'
import { alongAxes, itemAxes } from './axes.ts'

/** One for all, or one for each place along the axes, nested as Keras nests them. */
type Statistic = number | readonly Statistic[]

const isStatistic = (input: unknown): input is Statistic =>
  Number.isFinite(input) || (Array.isArray(input) && input.every(isStatistic))

function statistic(doc: string) {
  return field<Statistic>({
    doc,
    expects: 'a number or a list of numbers',
    parse: (input) => (isStatistic(input) ? input : undefined),
  }).orNull()
}

const isAxis = (input: unknown): input is number => Number.isSafeInteger(input)

const schema = {
  axis: field<number | readonly number[]>({
    doc: 'the axis, or axes, along which each place has a mean of its own, the last one; null has one mean for all',
    expects: 'an axis or a list of axes',
    parse: (input) => (isAxis(input) || (Array.isArray(input) && input.every(isAxis)) ? input : undefined),
  })
    .orNull()
    .default(-1),
  mean: statistic('the mean, one for all or one for each place; null takes it from data'),
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
   * @throws SeparableError (`argument`) when both were given to the constructor, or the data are no array
   */
  adapt(examples: ArrayLikeInput): void {
    const data = asArray(examples, `${this.name}: adapt: data`)
    if (this.config.mean !== null)
      throw new SeparableError(
        'argument',
        `${this.name}: adapt: the mean was given already, ${received(this.config.mean)}`,
      )
    const found = momentsOf(data, this.#kept(data.shape.slice(1)))
    this.#found = found
    if (!this.built) return
    this.#mean.write(found.mean)
    this.#variance.write(found.variance)
  }

  override build(inputShape: Shape): void {
    const shape = this.#kept(inputShape).map((axis) => inputShape[axis])
    const size = sizeOf(shape)
    const { mean, variance } = this.config
    if (mean !== null && variance !== null) {
      this.#mean = this.#constant('mean', mean, size)
      this.#variance = this.#constant('variance', variance, size)
      return
    }
    const weight = (name: string, shape: Shape, values: () => Float32Array<ArrayBuffer>) => {
      const initializer = { className: 'Constant', config: {}, values }
      return this.addWeight(name, shape, { initializer, trainable: false, stored: [sizeOf(shape)] })
    }
    this.#mean = weight('mean', shape, () => this.#found?.mean ?? new Float32Array(size))
    this.#variance = weight('variance', shape, () => this.#found?.variance ?? new Float32Array(size).fill(1))
    weight('count', [], () => new Float32Array(1))
  }

  override call(x: Tensor): Tensor {
    const center = x.trace.read(this.#mean)
    const deviation = clip(sqrt(x.trace.read(this.#variance)), EPSILON, Number.POSITIVE_INFINITY)
    const apply = (node: Node) =>
      this.config.invert ? add(mul(node, deviation), center) : div(sub(node, center), deviation)
    const { axis } = this.config
    // Along the last axis a mean belongs to each element of a row already, and one mean for all fits everywhere.
    const rank = x.shape.length - 1
    const isDirect = axis === null || itemAxes(axis, rank).every((each) => each === rank - 1)
    return x.map((node) => (isDirect ? apply(node) : alongAxes(node, axis, apply)))
  }

  /** The axes along which there are means, counted without the batch, in their order. */
  #kept(item: Shape): readonly number[] {
    return itemAxes(this.config.axis ?? [], item.length)
  }

  #constant(name: string, value: Statistic, size: number): Variable {
    const values = numbersIn(value)
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

function numbersIn(value: Statistic): readonly number[] {
  return typeof value === 'number' ? [value] : value.flatMap(numbersIn)
}

/** Mean and biased variance at each place along the axes `kept` of an item, of data [N,...]. */
function momentsOf({ data, shape: [, ...item] }: NdArray<TypedArray>, kept: readonly number[]) {
  const size = sizeOf(kept.map((axis) => item[axis]))
  const places = placesOf(item, kept)
  const count = data.length / size
  const means = (of: (value: number, place: number) => number) => {
    const sums = new Float64Array(size)
    data.forEach((value, i) => {
      const place = places[i % places.length]
      sums[place] += of(value, place)
    })
    return sums.map((sum) => sum / count)
  }
  const mean = means((value) => value)
  const variance = means((value, place) => (value - mean[place]) ** 2)
  return { mean: Float32Array.from(mean), variance: Float32Array.from(variance) }
}

/** For each element of an item, which place along the axes it belongs to. */
function placesOf(item: Shape, kept: readonly number[]): Int32Array {
  return Int32Array.from({ length: sizeOf(item) }, (_, element) =>
    kept.reduce((place, axis) => {
      const stride = sizeOf(item.slice(axis + 1))
      return place * item[axis] + (Math.floor(element / stride) % item[axis])
    }, 0),
  )
}

/**
 * (x - mean) / sqrt(variance), so that inputs lie around 0 with variance 1. Both are given, or `adapt(data)` takes them from
 * examples before training.
 *
 * Input and result [N,...]. Weights, not trained, unless mean and variance are given: mean and variance in the shape of the
 * axes ([C] by default, [H,C] with axis [1, -1]), and count.
 * Defaults: axis -1, mean null, variance null, invert false.
 * Keras: https://keras.io/api/layers/preprocessing_layers/numerical/normalization/
 * @throws SeparableError (`argument`) when only one of mean and variance is given
 */
export function normalization(args: LayerArgs<typeof schema> = {}): Normalization {
  return new Normalization(args)
}
