/** @file The machine that a run is made on: threads, and what they can reach at most. */
import { cpus } from 'node:os'
import type { Engine } from '../backends/engine.ts'
import { decimals } from '../report/format.ts'
import { createEngine } from '../train/environment.ts'
import { VERSION } from './version.ts'

export interface Machine {
  readonly threads: number
  /** GFLOP/s that all threads reach together at most, measured; NaN when that means nothing. */
  readonly peak: number
}

/** @throws the signal's reason when it aborts: many threads take long to start, and nobody waits for them then */
export async function inspectMachine(signal: AbortSignal): Promise<Machine> {
  const engine = await createEngine()
  const measured = measure(engine).finally(() => engine.close())
  return Promise.race([measured, abortOf(signal)])
}

async function measure(engine: Engine): Promise<Machine> {
  return { threads: engine.threads, peak: (await engine.measurePeak?.()) ?? Number.NaN }
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** What a reader of a report should know of the machine. */
export function machineSettings({ peak }: Machine): Readonly<Record<string, string>> {
  return {
    Machine: processorName(),
    Peak: `${decimals(peak, 1)} GFLOP/s on these threads, measured`,
    Versions: `separable ${VERSION}, Node ${process.version}`,
  }
}

/** `Intel Xeon, 2 cores` */
function processorName(): string {
  const processors = cpus()
  return `${processors[0]?.model.trim() || 'unknown processor'}, ${processors.length} cores`
}
