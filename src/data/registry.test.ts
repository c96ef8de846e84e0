/** @file Datasets by name, as the command line uses them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setPlatform } from '../base/platform.ts'
import { nodePlatform } from '../node-platform.ts'
import {
  DATASET_NAMES,
  type DatasetName,
  dataRoot,
  datasetInfo,
  datasetPath,
  downloadDataset,
  loadDataset,
} from './index.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'separable-'))
beforeAll(() => setPlatform(nodePlatform))
afterAll(() => rmSync(dataDir, { recursive: true }))

describe('datasets by name', () => {
  it('lists and describes them', async () => {
    expect(DATASET_NAMES).toEqual(['shapes', 'cifar10', 'mnist', 'fashion-mnist'])
    const infos = await Promise.all(DATASET_NAMES.map((name) => datasetInfo(name, { dataDir })))
    expect(infos.map(({ name, trainImages, testImages }) => [name, trainImages, testImages])).toEqual([
      ['shapes', 5000, 1000],
      ['cifar10', 50_000, 10_000],
      ['mnist', 60_000, 10_000],
      ['fashion-mnist', 60_000, 10_000],
    ])
    expect(infos.map(({ downloadBytes }) => downloadBytes)).toEqual([0, 170_052_171, 11_594_722, 30_878_645])
    expect(infos.map(({ embedded, folder, classes }) => [embedded, folder, classes.length])).toEqual([
      [true, undefined, 10],
      [false, undefined, 10],
      [false, undefined, 10],
      [false, undefined, 10],
    ])
    expect(dataRoot({ dataDir })).toBe(dataDir)
  })

  it('loads one', async () => {
    const { name, train, test } = await loadDataset('shapes', { limit: 3 })
    expect([name, train.x.shape, test.y.shape]).toEqual(['shapes', [3, 32, 32, 3], [3]])
  })

  it('refuses what it does not know or cannot do', async () => {
    const unknown = 'cifar' as DatasetName
    const message =
      'unknown dataset, did you mean "cifar10"? (known: shapes, cifar10, mnist, fashion-mnist), received: "cifar"'
    await expect(loadDataset(unknown)).rejects.toThrow(message)
    await expect(datasetInfo(unknown)).rejects.toThrow(message)
    await expect(downloadDataset('shapes')).rejects.toThrow('shapes is drawn by code and has no files')
    await expect(datasetPath('cifar10', { dataDir })).rejects.toThrow(
      /^cifar10 is not there: .*separable data download/,
    )
  })
})
