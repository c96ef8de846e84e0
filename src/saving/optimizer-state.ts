/** @file The running values of an optimizer in the order of Keras's files: steps, learning rate, then those of the weights. */
import type { Optimizer } from '../nn/optimizers/index.ts'
import type { Variable } from '../nn/variable.ts'
import { type NdArray, showShape } from '../tensor/ndarray.ts'

/** The slots of an optimizer in the order of Keras's files. */
export function slotsInOrder(optimizer: Optimizer): readonly Variable[] {
  const { className, slotNames } = optimizer
  if (className === 'RMSprop') return kindByKind(optimizer)
  const isLate = (name: string) => name === 'velocity_hat'
  return inGroups(optimizer, [slotNames.filter((name) => !isLate(name)), slotNames.filter(isLate)])
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
  optimizer.build(weights)
  const values = withoutPlaceholders(
    stored.filter(({ shape }) => shape.length > 0),
    optimizer,
    weights.length,
  )
  // A model that was compiled and never trained comes without slots.
  const isNew = values.length === 0 && !iterations
  const orders = isNew ? [[]] : [slotsInOrder(optimizer), optimizer.slots, kindByKind(optimizer)]
  const slots = orders.find((each) => fits(each, values))
  if (!slots) return false
  slots.forEach((slot, i) => {
    slot.write(values[i].data)
  })
  if (iterations !== undefined) optimizer.iterations = iterations
  // Files hold f32; the config that may have come with it has all digits.
  const hasOther = learningRate !== undefined && Math.fround(optimizer.learningRate) !== Math.fround(learningRate)
  if (hasOther && hasOwnRate(optimizer)) optimizer.learningRate = learningRate
  return true
}

/**
 * Adam of Keras 2.1 to 2.3 ends with one number for each weight where `amsgrad` is off; SGD of Keras 2 without momentum may come
 * with velocities that it does not look at.
 */
function withoutPlaceholders(
  values: readonly NdArray[],
  { slotNames, slots }: Optimizer,
  weights: number,
): readonly NdArray[] {
  if (slots.length === 0 && values.length === weights) return []
  if (weights === 0 || values.length !== (slotNames.length + 1) * weights) return values
  const isEmpty = values.slice(-weights).every(({ shape, data }) => showShape(shape) === '[1]' && data[0] === 0)
  return isEmpty ? values.slice(0, -weights) : values
}

function fits(slots: readonly Variable[], values: readonly NdArray[]): boolean {
  return (
    slots.length === values.length && slots.every(({ shape }, i) => showShape(shape) === showShape(values[i].shape))
  )
}

function kindByKind(optimizer: Optimizer): readonly Variable[] {
  const groups = optimizer.slotNames.map((name) => [name])
  return inGroups(optimizer, groups)
}

/**
 * What is kept for weights in any optimizer comes first; the slots of its own follow, one group of kinds after the other, and
 * weight by weight within a group.
 */
function inGroups({ slots, slotNames }: Optimizer, groups: readonly (readonly string[])[]): readonly Variable[] {
  const weights = new Set(slots.map(({ path }) => path.slice(0, path.lastIndexOf('/')))).size
  const begin = slots.length - weights * slotNames.length
  const own = slots.slice(begin)
  const inGroup = (group: readonly string[]) => own.filter((_, i) => group.includes(slotNames[i % slotNames.length]))
  return [...slots.slice(0, begin), ...groups.flatMap(inGroup)]
}
