/** @file What `train` is asked for, and what it makes of that before it trains. */
import type { Dataset } from '../data/index.ts'
import type { ZooName } from '../models/index.ts'
import type { Recipe, RecipeName } from '../recipes/index.ts'
import type { ResumeOptions, RunBackup } from './resume.ts'
import type { RunPlace } from './run.ts'
import type { Terminal } from './terminal.ts'
import type { Saved } from './train-network.ts'

/** Whether all images count alike in the loss, or all classes, however many images they have. */
export const CLASS_WEIGHTS = ['none', 'balanced'] as const

export interface TrainOptions extends ResumeOptions {
  readonly recipe?: RecipeName
  readonly data?: string
  readonly dataDir?: string
  readonly limit?: number
  readonly imageSize?: string
  readonly validationSplit: number
  readonly validationData?: string
  readonly save: Saved
  readonly classWeights: (typeof CLASS_WEIGHTS)[number]
  readonly epochs?: number
  readonly batchSize?: number
  readonly learningRate?: number
  readonly augment: boolean
  readonly seed: number
  readonly threads?: number
  readonly out?: string
  readonly json?: string
  readonly overwrite?: boolean
}

/** What every part of a training needs. */
export interface Training extends RunPlace {
  readonly options: TrainOptions
  readonly network: ZooName | undefined
  readonly title: string
  readonly recipe: Recipe
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  readonly data: Dataset
  readonly backup: RunBackup
  readonly terminal: Terminal
}
