/** @file What a trained network takes the test images for: single predictions and the confusion matrix. */
import type { Dataset } from '../data/index.ts'
import type { Prediction } from '../report/result.ts'
import type { Model } from '../train/model.ts'

interface Trial {
  readonly data: Dataset
  readonly batchSize: number
  /** How many of the images get a prediction of their own. */
  readonly samples: number
}

/** Asks the network for the class of every test image. */
export async function testPredictions(network: Model, { data, batchSize, samples }: Trial) {
  const { x, y } = data.test
  const classes = data.classes.length
  const outputs = await network.predict(x, { batchSize })
  const predictions = Array.from(y.data, (_, image) =>
    mostLikely(outputs.data.subarray(image * classes, (image + 1) * classes)),
  )
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  predictions.forEach(({ label }, image) => {
    const row = confusion[y.data[image] as number] as number[]
    row[label] = (row[label] as number) + 1
  })
  return { confusion, predictions: predictions.slice(0, samples) }
}

function mostLikely(probabilities: Float32Array): Prediction {
  const probability = Math.max(...probabilities)
  return { label: probabilities.indexOf(probability), probability }
}
