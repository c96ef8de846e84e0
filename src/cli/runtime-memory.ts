/** @file The memory of Node.js itself, which no plan knows of, measured in the process that asks. */
import { vggBlocks } from '../models/vgg-blocks.ts'
import { NdArray } from '../tensor/ndarray.ts'
import type { CompileArgs } from '../train/compile.ts'

export const TRAINING: CompileArgs = { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['acc'] }

/** Bytes. */
export interface RuntimeMemory {
  readonly train: number
  readonly predict: number
}

/**
 * What the process holds in bytes, beside what a plan knows of, when it infers, and when it trains: Node.js, the library,
 * workers. A very small network does both for it, because V8's heaps and the memory of its compilers grow with the first step.
 */
export async function measureRuntime(): Promise<RuntimeMemory> {
  const network = vggBlocks({ inputShape: [8, 8, 3], filters: [16, 16] })
  const images = new NdArray(new Uint8Array(4 * 8 * 8 * 3), [4, 8, 8, 3])
  network.compile(TRAINING)
  try {
    await network.predict(images)
    const predict = process.memoryUsage.rss()
    await network.fit(images, new NdArray(new Int32Array(4), [4]), { batchSize: 2, verbose: 0 })
    return { predict, train: process.memoryUsage.rss() }
  } finally {
    await network.dispose()
  }
}
