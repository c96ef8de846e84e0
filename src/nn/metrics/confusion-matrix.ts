/** @file Which classes are taken for which. */
import { received, SeparableError } from '../../base/errors.ts'
import { NdArray } from '../../tensor/ndarray.ts'

/**
 * How often class i (row) was taken for class j (column). Predictions may be class numbers [N], or what a network returns,
 * [N,K], of which the highest counts. Result: f32 [numClasses, numClasses]. TensorFlow: `tf.math.confusion_matrix`.
 * @param weights [N]: how often each example counts; default 1
 * @throws SeparableError (`shape`, `data`) when lengths differ or a class number is not in [0, numClasses)
 */
export function confusionMatrix(
  labels: NdArray,
  predictions: NdArray,
  numClasses: number,
  weights?: NdArray,
): NdArray<Float32Array<ArrayBuffer>> {
  const count = labels.data.length
  const lengths = [predictions, ...(weights ? [weights] : [])].map(({ shape }) => shape[0])
  if (lengths.some((length) => length !== count))
    throw new SeparableError(
      'shape',
      `confusionMatrix: labels, predictions and weights must be equally many, ${received([count, ...lengths])}`,
    )
  const matrix = new NdArray(new Float32Array(numClasses * numClasses), [numClasses, numClasses])
  const predicted = classNumbers(predictions)
  for (let i = 0; i < count; i++) {
    const [row, column] = [labels.data[i], predicted[i]].map((label) => demandClass(label, numClasses))
    matrix.data[row * numClasses + column] += weights ? weights.data[i] : 1
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
