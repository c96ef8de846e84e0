/** @file The memory of a network as `summary --memory` shows it: what the plan knows, and the rest of this process, measured. */
import { thousands } from '../report/format.ts'
import { memoryTable } from '../report/memory.ts'
import { renderText } from '../report/table.ts'
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
  /** What this process held when its workers had started and nothing was compiled: Node.js, the library and the workers. */
  readonly runtime: number
}

/** Compiles for real, for as many threads as will compute, but computes nothing. */
export async function predictMemory(
  network: Model,
  { threads, batchSize, examples }: MemoryOptions,
): Promise<PredictedMemory> {
  configure({ threads: threads ?? null })
  network.compile(TRAINING)
  try {
    await (await network.engine()).ready()
    const runtime = process.memoryUsage().rss
    const use = (purpose: MemoryUse['purpose']) => network.memory(purpose, { batchSize, examples })
    return { train: await use('train'), predict: await use('predict'), runtime }
  } finally {
    await network.dispose()
  }
}

/** A table of all parts. */
export function showMemory({ train, predict, runtime }: PredictedMemory): string {
  const column = (title: string, { parts }: MemoryUse) => ({
    title,
    parts: [...parts, { kind: 'runtime', bytes: runtime }],
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
    train: totals(train, runtime),
    predict: totals(predict, runtime),
  }
}

function totals({ parts, bytes }: MemoryUse, runtime: number) {
  const byKind: Record<string, number> = {}
  for (const { kind, bytes } of parts) byKind[kind] = (byKind[kind] ?? 0) + bytes
  return { peak: bytes + runtime, parts: { ...byKind, runtime } }
}
