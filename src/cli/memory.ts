/** @file The memory of a network as `summary --memory` shows it: what the plan knows, and the rest of this process, measured. */
import { vggBlocks } from '../models/vgg-blocks.ts'
import { thousands } from '../report/format.ts'
import { memoryTable } from '../report/memory.ts'
import { renderText } from '../report/table.ts'
import { NdArray } from '../tensor/ndarray.ts'
import type { CompileArgs } from '../train/compile.ts'
import { configure } from '../train/environment.ts'
import type { MemoryUse } from '../train/memory.ts'
import type { Model } from '../train/model.ts'

const TRAINING: CompileArgs = { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['acc'] }

export interface MemoryOptions {
  readonly batchSize: number
  readonly examples: number
  readonly threads?: number
}

export interface PredictedMemory {
  readonly train: MemoryUse
  readonly predict: MemoryUse
  readonly runtime: Record<MemoryUse['purpose'], number>
}

/** Compiles for real, for as many threads as will compute, but computes nothing. */
export async function predictMemory(
  network: Model,
  { threads, batchSize, examples }: MemoryOptions,
): Promise<PredictedMemory> {
  configure({ threads: threads ?? null })
  const runtime = await measureRuntime()
  network.compile(TRAINING)
  try {
    const use = (purpose: MemoryUse['purpose']) => network.memory(purpose, { batchSize, examples })
    return { train: await use('train'), predict: await use('predict'), runtime }
  } finally {
    await network.dispose()
  }
}

/**
 * What the process holds in bytes, beside what a plan knows of, when it infers, and when it trains: Node.js, the library,
 * workers. A very small network does both for it, because V8's heaps and the memory of its compilers grow with the first step.
 */
export async function measureRuntime(): Promise<PredictedMemory['runtime']> {
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

/** A table of all parts. */
export function showMemory({ train, predict, runtime }: PredictedMemory): string {
  const column = (title: string, { purpose, parts }: MemoryUse) => ({
    title,
    parts: [...parts, { kind: 'runtime', bytes: runtime[purpose] }],
  })
  const columns = [column('Training', train), column('Inference', predict)]
  const threads = train.threads === 1 ? '1 thread' : `${train.threads} threads`
  const caption = `Memory for batches of ${train.batchSize} on ${threads}, ${thousands(train.examples)} examples:`
  return `${caption}\n${renderText(memoryTable(caption, columns))}`
}

/** Bytes by layer: what is kept for it alone while it is trained. */
export function layerMemory({ train }: PredictedMemory, layer: string): number {
  const own = train.parts.filter(({ label }) => label === layer || label.startsWith(`${layer}/`))
  return own.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** The same numbers for machines, kinds added up. */
export function memoryJson({ train, predict, runtime }: PredictedMemory) {
  const { batchSize, threads, examples } = train
  return {
    batchSize,
    threads,
    examples,
    train: totals(train, runtime.train),
    predict: totals(predict, runtime.predict),
  }
}

function totals({ parts, bytes }: MemoryUse, runtime: number) {
  const byKind: Record<string, number> = {}
  for (const { kind, bytes } of parts) byKind[kind] = (byKind[kind] ?? 0) + bytes
  return { peak: bytes + runtime, parts: { ...byKind, runtime } }
}
