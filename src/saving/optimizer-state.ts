/** @file The running values of an optimizer in the order of Keras's files: steps, learning rate, then those of the weights. */
import type { Optimizer } from '../nn/optimizers/index.ts'
import type { Variable } from '../nn/variable.ts'
import { type NdArray, showShape } from '../tensor/ndarray.ts'

/** Keep all first values together, then all second ones; the others go weight by weight. */
const KIND_BY_KIND = new Set(['RMSprop'])

/** The slots of an optimizer in the order of Keras's files. */
export function slotsInOrder(optimizer: Optimizer): readonly Variable[] {
  return KIND_BY_KIND.has(optimizer.className) ? kindByKind(optimizer) : optimizer.slots
}

/** Whether a number is the learning rate, and not a schedule. */
export function hasOwnRate({ config }: Optimizer): boolean {
  return typeof config.learningRate === 'number'
}

/**
 * Puts an optimizer where it was when its values were saved.
 * @param stored all its arrays, in the order of the file
 * @returns whether they fit; when they do not, nothing is changed
 */
export function restoreOptimizer(
  optimizer: Optimizer,
  weights: readonly Variable[],
  stored: readonly NdArray[],
): boolean {
  const [iterations, learningRate] = stored.filter(({ shape }) => shape.length === 0).map(({ data }) => data[0])
  const values = stored.filter(({ shape }) => shape.length > 0)
  optimizer.build(weights)
  const slots = [slotsInOrder(optimizer), optimizer.slots, kindByKind(optimizer)].find((each) => fits(each, values))
  if (!slots) return false
  slots.forEach((slot, i) => {
    slot.write(values[i].data)
  })
  if (iterations !== undefined) optimizer.iterations = iterations
  // Files hold f32; the config that may have come with it has all digits.
  const isNew = learningRate !== undefined && Math.fround(optimizer.learningRate) !== Math.fround(learningRate)
  if (isNew && hasOwnRate(optimizer)) optimizer.learningRate = learningRate
  return true
}

function fits(slots: readonly Variable[], values: readonly NdArray[]): boolean {
  return (
    slots.length === values.length && slots.every(({ shape }, i) => showShape(shape) === showShape(values[i].shape))
  )
}

/** What is kept for weights in any optimizer comes first; the slots of its own follow. */
function kindByKind({ slots, slotNames }: Optimizer): readonly Variable[] {
  const kinds = Math.max(1, slotNames.length)
  const weights = new Set(slots.map(({ path }) => path.slice(0, path.lastIndexOf('/')))).size
  const own = slots.slice(slots.length - weights * slotNames.length)
  const sorted = slotNames.flatMap((_, kind) => own.filter((_, i) => i % kinds === kind))
  return [...slots.slice(0, slots.length - own.length), ...sorted]
}
