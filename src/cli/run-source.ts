/** @file Which images a run was trained with and tested on, as its folder says: what `evaluate` takes by default. */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isObject, type JsonValue, parseJsonObject } from '../formats/json.ts'
import { nodePlatform } from '../node-platform.ts'
import type { RunSource } from '../report/result.ts'
import { modelPath } from './model-file.ts'
import { HISTORY_FILE, MODEL_FILE } from './run-folder.ts'

/** With the numbers of images that there were then. */
export interface KeptSource extends RunSource {
  readonly trainImages?: number | undefined
  readonly testImages?: number | undefined
}

/**
 * Of the run that this model belongs to; undefined when it belongs to none, or its folder does not say it.
 * @param path of a run's folder, or of the model in it
 * @throws SeparableError when what the folder says cannot be read
 */
export async function sourceOfRun(path: string): Promise<KeptSource | undefined> {
  const model = modelPath(path)
  const history = join(dirname(model), HISTORY_FILE)
  if (basename(model) !== MODEL_FILE || !existsSync(history)) return undefined
  const { source, trainImages, testImages } = parseJsonObject(await nodePlatform.readFile(history), history)
  if (!isObject(source) || typeof source.data !== 'string') return undefined
  const { data, dataDir, validationData, validationSplit, limit, seed } = source
  return {
    data,
    dataDir: textIn(dataDir),
    validationData: textIn(validationData),
    validationSplit: numberIn(validationSplit),
    limit: numberIn(limit),
    seed: numberIn(seed) ?? 0,
    trainImages: numberIn(trainImages),
    testImages: numberIn(testImages),
  }
}

const textIn = (value: JsonValue | undefined) => (typeof value === 'string' ? value : undefined)
const numberIn = (value: JsonValue | undefined) => (typeof value === 'number' ? value : undefined)
