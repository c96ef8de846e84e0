/** @file Which classes are taken for which. */
import { received, SeparableError } from '../../base/errors.ts'
import { asArray } from '../../tensor/as-array.ts'
import { type ArrayLikeInput, NdArray } from '../../tensor/ndarray.ts'

/** More make a matrix that fits nowhere. */
const MAX_CLASSES = 16384

/**
 * How often class i (row) was taken for class j (column). Predictions may be class numbers [N], or what a network returns,
 * [N,K], of which the highest counts. Result: f32 [numClasses, numClasses]. TensorFlow: `tf.math.confusion_matrix`.
 * @param weights [N]: how often each example counts; default 1
 * @throws SeparableError (`argument`, `shape`, `data`) when an argument is none, lengths differ or a class number is not in [0, numClasses)
 */
export function confusionMatrix(
  labels: ArrayLikeInput,
  predictions: ArrayLikeInput,
  numClasses: number,
  weights?: ArrayLikeInput,
): NdArray<Float32Array<ArrayBuffer>> {
  const asked = (value: unknown, what: string) => asArray(value, `confusionMatrix: ${what}`)
  const { data: actual } = asked(labels, 'labels')
  const given = asked(predictions, 'predictions')
  const counts = weights && asked(weights, 'weights')
  if (!Number.isSafeInteger(numClasses) || numClasses < 1 || numClasses > MAX_CLASSES)
    throw new SeparableError(
      'argument',
      `confusionMatrix: numClasses must be a whole number from 1 to ${MAX_CLASSES}, ${received(numClasses)}`,
    )
  const count = actual.length
  const lengths = [given, ...(counts ? [counts] : [])].map(({ shape }) => shape[0])
  if (lengths.some((length) => length !== count))
    throw new SeparableError(
      'shape',
      `confusionMatrix: labels, predictions and weights must be equally many, ${received([count, ...lengths])}`,
    )
  const matrix = new NdArray(new Float32Array(numClasses * numClasses), [numClasses, numClasses])
  const predicted = classNumbers(given)
  for (let i = 0; i < count; i++) {
    const [row, column] = [actual[i], predicted[i]].map((label) => demandClass(label, numClasses))
    matrix.data[row * numClasses + column] += counts ? counts.data[i] : 1
  }
  return matrix
}

function classNumbers({ data, itemSize }: NdArray): ArrayLike<number> {
  if (itemSize === 1) return data
  return Array.from({ length: data.length / itemSize }, (_, i) => {
    const row = data.subarray(i * itemSize, (i + 1) * itemSize)
    return row.indexOf(Math.max(...row))
  })
}

function demandClass(label: number, numClasses: number): number {
  if (Number.isInteger(label) && label >= 0 && label < numClasses) return label
  throw new SeparableError(
    'data',
    `confusionMatrix: class numbers must be integers from 0 to ${numClasses - 1}, ${received(label)}`,
  )
}
