/** @file The package's entry `separable/data` for Node: data sets, with files to cache them in. */
import { setPlatform } from './base/platform.ts'
import { nodePlatform } from './node-platform.ts'

export * from './data/index.ts'

setPlatform(nodePlatform)
