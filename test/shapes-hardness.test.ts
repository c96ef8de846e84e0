/** @file Drawn pictures are too hard for a linear model. */
import { expect, it } from 'vitest'
import type { Split } from '../src/data/dataset.ts'
import { shapes } from '../src/data/shapes.ts'

it('is too hard for a linear model, but not without a trace of its classes', async () => {
  const { train, test } = await shapes({ trainImages: 4000 })
  const accuracy = linearAccuracy(train, test)
  expect(accuracy).toBeLessThan(0.5)
  expect(accuracy).toBeGreaterThan(0.25)
})

/** Test accuracy of a softmax regression, trained by gradient descent one picture at a time. */
function linearAccuracy(train: Split, test: Split): number {
  const pictures = halved(train)
  const size = pictures[0]!.length
  const weights = Array.from({ length: 10 }, () => new Float32Array(size))
  const logits = (picture: Float32Array) =>
    weights.map((row) => {
      let sum = 0
      for (let i = 0; i < size; i++) sum += row[i]! * picture[i]!
      return sum
    })
  for (let epoch = 0; epoch < 3; epoch++)
    for (const [n, picture] of pictures.entries()) {
      const powers = logits(picture).map(Math.exp)
      const total = powers.reduce((sum, p) => sum + p, 0)
      for (const [k, row] of weights.entries()) {
        const step = (0.02 / (1 + epoch)) * ((k === train.y.data[n] ? 1 : 0) - powers[k]! / total)
        for (let i = 0; i < size; i++) row[i]! += step * picture[i]!
      }
    }
  const hits = halved(test).filter((picture, n) => {
    const scores = logits(picture)
    return scores.indexOf(Math.max(...scores)) === test.y.data[n]
  })
  return hits.length / test.y.data.length
}

/** Pictures as rows of 16x16x3 values around 0, means of 2x2 pixels: a quarter of the work, and no easier. */
function halved({ x }: Split): Float32Array[] {
  return Array.from({ length: x.shape[0]! }, (_, n) => {
    const picture = x.slice(n, n + 1).data
    return Float32Array.from({ length: 16 * 16 * 3 }, (_, i) => {
      const corner = Math.floor(i / 48) * 192 + (Math.floor(i / 3) % 16) * 6 + (i % 3)
      const sum = picture[corner]! + picture[corner + 3]! + picture[corner + 96]! + picture[corner + 99]!
      return sum / 1020 - 0.22
    })
  })
}
