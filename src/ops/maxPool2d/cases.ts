/** @file Cases of max-pooling. */
import type { OpCase } from '../../ir/node.ts'
import { images } from '../rules/cases.ts'
import { poolShapes } from '../rules/window.ts'

export const maxPool2dCases: readonly OpCase[] = poolShapes.map(({ x, window }) => ({
  inputs: [images(x)],
  attrs: window,
}))

export const maxPool2dGradCases: readonly OpCase[] = poolShapes.map(({ x, y, window }) => ({
  inputs: [images(x), images(y), images(y)],
  attrs: window,
}))
