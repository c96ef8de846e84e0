/** @file Cases of average-pooling. */
import type { OpCase } from '../../ir/node.ts'
import { images } from '../rules/cases.ts'
import { poolShapes } from '../rules/window.ts'

export const avgPool2dCases: readonly OpCase[] = poolShapes.map(({ x, window }) => ({
  inputs: [images(x)],
  attrs: window,
}))

export const avgPool2dGradCases: readonly OpCase[] = poolShapes.map(({ y, size, window }) => ({
  inputs: [images(y)],
  attrs: { ...window, size },
}))
