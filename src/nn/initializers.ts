/**
 * @file The first values of weights, with Keras's formulas (https://keras.io/api/layers/initializers/). An initializer has
 * its own stream of random numbers from the moment it is made, so it repeats itself when it is asked twice.
 */
import { received, SeparableError } from '../base/errors.ts'
import { Random } from '../base/random.ts'
import { type Shape, sizeOf } from '../tensor/ndarray.ts'
import { type Declared, declaredField } from './declared.ts'
import { nextRandom } from './random-state.ts'
import {
  type Args,
  type ArgsParameter,
  encode,
  type Field,
  int,
  number,
  oneOf,
  type Resolved,
  resolve,
  type Schema,
} from './schema.ts'

export interface Initializer extends Declared {
  /** Values for a weight of this shape; a convolution's kernel is [kh, kw, in, out]. */
  values(shape: Shape): Float32Array<ArrayBuffer>
}

type Draw = (random: Random) => number

/** Declares an initializer: from its arguments and a weight's shape to a function that draws one value. */
function define<S extends Schema>(className: string, schema: S, draw: (args: Resolved<S>, shape: Shape) => Draw) {
  return (...[args]: ArgsParameter<Args<S>>): Initializer => {
    const resolved = resolve(className, schema, args)
    const stream = (resolved as { seed?: number | null }).seed ?? nextRandom()
    return {
      className,
      config: encode(schema, resolved),
      values(shape) {
        const random = typeof stream === 'number' ? new Random(stream, className) : stream.fork(className)
        const next = draw(resolved, shape)
        const values = new Float32Array(sizeOf(shape))
        for (let i = 0; i < values.length; i++) values[i] = next(random) // Float32Array.from takes three times as long
        return values
      },
    }
  }
}

const seed = int('own seed; null takes a stream from `setRandomSeed`', { min: 0 }).orNull()
const fans = oneOf(
  'how the fans of a kernel are counted: "depthwise" takes one channel of a depthwise kernel for itself, where Keras ' +
    'counts all channels as inputs and so starts depthwise outputs about 5.7 times too small for 64 channels',
  'keras',
  'depthwise',
).default('keras')

/**
 * Keras's fans: a matrix is [in, out]; a kernel [kh, kw, in, out] has kh kw inputs for each channel.
 * @see https://github.com/keras-team/keras/issues/11773 for what that does to depthwise kernels
 */
export function computeFans(shape: Shape, count: 'keras' | 'depthwise' = 'keras'): [fanIn: number, fanOut: number] {
  if (shape.length < 2) return [sizeOf(shape), sizeOf(shape)]
  const [inputs, outputs] = shape.slice(-2)
  const field = sizeOf(shape.slice(0, -2))
  return count === 'depthwise' ? [field, field * outputs] : [field * inputs, field * outputs]
}

type Mode = 'fanIn' | 'fanOut' | 'fanAvg'
type Distribution = 'truncatedNormal' | 'untruncatedNormal' | 'uniform'

/** The standard deviation of a normal distribution after it is cut at two standard deviations. */
const TRUNCATED_STDDEV = 0.87962566103423978

/** Variance `scale` / fan, as in Keras's `VarianceScaling` (He et al. 2015, Glorot and Bengio 2010, LeCun et al. 1998). */
function scaledVariance(scale: number, fan: number, distribution: Distribution): Draw {
  const variance = scale / Math.max(1, fan)
  if (distribution === 'uniform') return uniform(Math.sqrt(3 * variance))
  const stddev = Math.sqrt(variance)
  if (distribution === 'untruncatedNormal') return (random) => stddev * random.normal()
  return (random) => (stddev / TRUNCATED_STDDEV) * random.truncatedNormal()
}

function uniform(high: number, low = -high): Draw {
  return (random) => low + (high - low) * random.uniform()
}

function fanOf(mode: Mode, [fanIn, fanOut]: readonly [number, number]): number {
  return mode === 'fanIn' ? fanIn : mode === 'fanOut' ? fanOut : (fanIn + fanOut) / 2
}

/**
 * A random matrix [rows, columns] with orthonormal rows or columns: normally distributed vectors, each freed from those before
 * it, twice, since once leaves rounding errors (Saxe et al., ICLR 2014; Giraud et al., 2005).
 */
function orthogonal(rows: number, columns: number, random: Random): Float64Array {
  const [length, count] = [Math.max(rows, columns), Math.min(rows, columns)]
  const vectors: Float64Array[] = []
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, () => random.normal())
    for (const other of [...vectors, ...vectors]) {
      const along = dot(vector, other)
      vector.forEach((_, i) => {
        vector[i] -= along * other[i]
      })
    }
    const norm = Math.sqrt(dot(vector, vector))
    vectors.push(vector.map((value) => value / norm))
  }
  const at = (row: number, column: number) => (rows < columns ? vectors[row][column] : vectors[column][row])
  return Float64Array.from({ length: rows * columns }, (_, i) => at(Math.floor(i / columns), i % columns))
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0)
}

function scaled(className: string, scale: number, mode: Mode, distribution: Distribution) {
  return define(className, { seed, fans }, (args, shape) =>
    scaledVariance(scale, fanOf(mode, computeFans(shape, args.fans)), distribution),
  )
}

/** Initializers by name; each takes its arguments in one object. Random ones take `seed` (default null). */
export const initializers = {
  /** All 0. */
  zeros: define('Zeros', {}, () => () => 0),
  /** All 1. */
  ones: define('Ones', {}, () => () => 1),
  /** All `value` (default 0). */
  constant: define(
    'Constant',
    { value: number('every value').default(0) },
    ({ value }) =>
      () =>
        value,
  ),
  /** Normal distribution around `mean` (0) with `stddev` (0.05). */
  randomNormal: define(
    'RandomNormal',
    { mean: number('mean').default(0), stddev: number('standard deviation', { min: 0 }).default(0.05), seed },
    ({ mean, stddev }) =>
      (random) =>
        mean + stddev * random.normal(),
  ),
  /** Equally likely between `minval` (-0.05) and `maxval` (0.05). */
  randomUniform: define(
    'RandomUniform',
    { minval: number('lowest value').default(-0.05), maxval: number('highest value').default(0.05), seed },
    ({ minval, maxval }) => uniform(maxval, minval),
  ),
  /** Normal distribution around `mean` (0) with `stddev` (0.05) before it is cut at two standard deviations. */
  truncatedNormal: define(
    'TruncatedNormal',
    { mean: number('mean').default(0), stddev: number('standard deviation', { min: 0 }).default(0.05), seed },
    ({ mean, stddev }) =>
      (random) =>
        mean + stddev * random.truncatedNormal(),
  ),
  /** `gain` (1) on the diagonal of a matrix, 0 elsewhere. */
  identity: define('Identity', { gain: number('what stands on the diagonal').default(1) }, ({ gain }, shape) => {
    if (shape.length !== 2)
      throw new SeparableError('shape', `Identity: only matrices have a diagonal, ${received(shape)}`)
    const columns = shape[1]
    let i = 0
    return () => {
      const isDiagonal = Math.floor(i / columns) === i % columns
      i += 1
      return isDiagonal ? gain : 0
    }
  }),
  /** Rows or columns, whichever are fewer, of length `gain` (1) and at right angles; all axes but the last make one. */
  orthogonal: define('Orthogonal', { gain: number('length of the vectors').default(1), seed }, ({ gain }, shape) => {
    if (shape.length < 2)
      throw new SeparableError('shape', `Orthogonal: the weight must have at least two axes, ${received(shape)}`)
    const columns = shape[shape.length - 1]
    let values: Float64Array | undefined
    let i = 0
    return (random) => {
      values ??= orthogonal(sizeOf(shape) / columns, columns, random)
      return gain * values[i++]
    }
  }),
  /** Variance `scale` / fan; the others are special cases of it. */
  varianceScaling: define(
    'VarianceScaling',
    {
      scale: number('factor of the variance', { above: 0 }).default(1),
      mode: oneOf('which fan divides the variance', 'fanIn', 'fanOut', 'fanAvg').default('fanIn'),
      distribution: oneOf('distribution', 'truncatedNormal', 'untruncatedNormal', 'uniform').default('truncatedNormal'),
      seed,
      fans,
    },
    ({ scale, mode, distribution, fans }, shape) =>
      scaledVariance(scale, fanOf(mode, computeFans(shape, fans)), distribution),
  ),
  /** Uniform within sqrt(6 / (fanIn + fanOut)): Keras's default for kernels. */
  glorotUniform: scaled('GlorotUniform', 1, 'fanAvg', 'uniform'),
  /** Normal, cut at two standard deviations, with variance 2 / (fanIn + fanOut). */
  glorotNormal: scaled('GlorotNormal', 1, 'fanAvg', 'truncatedNormal'),
  /** Uniform within sqrt(6 / fanIn): for layers that end in a rectifier. */
  heUniform: scaled('HeUniform', 2, 'fanIn', 'uniform'),
  /** Normal, cut at two standard deviations, with variance 2 / fanIn: for layers that end in a rectifier. */
  heNormal: scaled('HeNormal', 2, 'fanIn', 'truncatedNormal'),
  /** Uniform within sqrt(3 / fanIn). */
  lecunUniform: scaled('LecunUniform', 1, 'fanIn', 'uniform'),
  /** Normal, cut at two standard deviations, with variance 1 / fanIn. */
  lecunNormal: scaled('LecunNormal', 1, 'fanIn', 'truncatedNormal'),
}

export type InitializerName = keyof typeof initializers

/** An argument that takes an initializer's name, its config, or what one of `initializers` returned. */
export function initializer(doc: string): Field<Initializer, InitializerName | Initializer, false> {
  return declaredField<Initializer, InitializerName>(doc, 'initializers', initializers, 'values')
}
