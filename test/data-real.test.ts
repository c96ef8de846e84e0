/** @file The recorded datasets as published: SEPARABLE_DATA or the cache folder must hold them, else these tests say that they skip. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { describe, expect, it } from 'vitest'
import { setPlatform } from '../src/base/platform.ts'
import { CIFAR10 } from '../src/data/cifar10.ts'
import { type DatasetName, datasetInfo, loadDataset, type Split } from '../src/data/index.ts'
import { unpackTarGz } from '../src/data/unpack.ts'
import { nodePlatform } from '../src/node-platform.ts'

setPlatform(nodePlatform)

async function folderOf(name: DatasetName): Promise<string | undefined> {
  const { folder } = await datasetInfo(name)
  if (folder === undefined) console.warn(`SKIPPED: ${name} is not in SEPARABLE_DATA or the cache folder`)
  return folder
}

/** Mean and standard deviation of a channel over all pictures. */
function moments({ x }: Split, channel: number): [mean: number, deviation: number] {
  const channels = x.shape[3]!
  let [sum, squares] = [0, 0]
  for (let i = channel; i < x.data.length; i += channels) {
    sum += x.data[i]!
    squares += x.data[i]! * x.data[i]!
  }
  const count = x.data.length / channels
  return [sum / count, Math.sqrt(squares / count - (sum / count) ** 2)]
}

function countLabels({ y }: Split): number[] {
  const counts = new Array<number>(10).fill(0)
  for (const label of y.data) counts[label]!++
  return counts
}

describe('cifar10', async () => {
  const folder = await folderOf('cifar10')

  it.skipIf(!folder)('has the published pictures and labels', async () => {
    const { train, test } = await loadDataset('cifar10')
    expect([train.x.shape, test.x.shape]).toEqual([
      [50_000, 32, 32, 3],
      [10_000, 32, 32, 3],
    ])
    const [red, green, blue] = [0, 1, 2].map((channel) => moments(train, channel))
    expect(red).toEqual([expect.closeTo(125.3069, 4), expect.closeTo(62.9932, 4)])
    expect(green).toEqual([expect.closeTo(122.9504, 4), expect.closeTo(62.0887, 4)])
    expect(blue).toEqual([expect.closeTo(113.8654, 4), expect.closeTo(66.7049, 4)])
    expect(countLabels(train)).toEqual(new Array(10).fill(5000))
    expect(countLabels(test)).toEqual(new Array(10).fill(1000))
  })

  it.skipIf(!folder)('survives being packed like the published archive', async () => {
    const files = Object.keys(CIFAR10.files).map((name) => join(folder!, name))
    const entries = files.map((file) => {
      const body = readFileSync(file)
      return { header: { name: `${CIFAR10.folder}/${basename(file)}`, size: body.length }, body }
    })
    const target = mkdtempSync(join(tmpdir(), 'separable-'))
    try {
      await nodePlatform.writeFileAtomic(join(target, 'all.tar.gz'), gzipSync(await packTar(entries), { level: 1 }))
      await unpackTarGz(join(target, 'all.tar.gz'), join(target, 'new'), CIFAR10.files)
      for (const file of files)
        expect(await nodePlatform.md5(join(target, 'new', basename(file)))).toBe(await nodePlatform.md5(file))
    } finally {
      rmSync(target, { recursive: true })
    }
  })
})

describe('mnist', async () => {
  const folder = await folderOf('mnist')

  it.skipIf(!folder)('has the published pictures and labels', async () => {
    const { train, test } = await loadDataset('mnist')
    expect([train.x.shape, test.x.shape]).toEqual([
      [60_000, 28, 28, 1],
      [10_000, 28, 28, 1],
    ])
    expect(moments(train, 0)).toEqual([expect.closeTo(33.3184, 4), expect.closeTo(78.5675, 4)])
    expect(Array.from(train.y.data.subarray(0, 8))).toEqual([5, 0, 4, 1, 9, 2, 1, 3])
    expect(countLabels(test)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
  })
})
