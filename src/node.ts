/** @file The package's entry for Node: the public API, computing in worker threads, with progress bars on the terminal. */
import { availableParallelism } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { validates } from './backends/wasm/features.ts'
import type { WorkerHandle } from './backends/wasm/pool.ts'
import { WasmEngine } from './backends/wasm/wasm-engine.ts'
import { flags, setFlagsFrom } from './base/flags.ts'
import { setPlatform } from './base/platform.ts'
import { fileRecords, keepInTemporaryFolder, nodePlatform } from './node-platform.ts'
import { StreamScreen } from './node-screen.ts'
import { MAX_THREADS, setEngineFactory, setScreen } from './train/environment.ts'

export * from './index.ts'

setPlatform(nodePlatform)
setFlagsFrom(nodePlatform.env)
flags.keep = keepInTemporaryFolder
setScreen(new StreamScreen(process.stdout, process.stderr))

setEngineFactory(async ({ threads, deterministic, selfTest }) => {
  // Node 20 has relaxed SIMD, switched off.
  if (!validates('relaxed')) setFlagsFromString('--experimental-wasm-relaxed-simd')
  const cores = availableParallelism()
  const records = selfTest === 'recorded' ? fileRecords() : undefined
  return new WasmEngine({
    cores,
    threads: threads ?? Math.min(cores, MAX_THREADS),
    deterministic,
    records,
    spawn: spawnWorker,
  })
})

function spawnWorker(): WorkerHandle {
  const worker = new Worker(new URL('./backends/wasm/worker.js', import.meta.url))
  worker.unref()
  return {
    post: (message) => worker.postMessage(message),
    onAnswer(listener) {
      worker.on('message', listener)
      worker.on('error', (error) => listener({ type: 'ended', reason: reasonOf(error) }))
      worker.on('exit', (code) => listener({ type: 'ended', reason: `exit code ${code}` }))
    },
    setBusy: (busy) => (busy ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  }
}

/** @param error what a worker threw that nobody caught: anything */
function reasonOf(error: unknown): string {
  const { code, message = String(error) } = (error ?? {}) as NodeJS.ErrnoException
  const isMissing = /MODULE_NOT_FOUND|ENOENT/.test(String(code)) || /cannot find module/i.test(message)
  if (!isMissing) return message
  return `${message}; a bundler that moved it must leave the package alone, as Next.js does with serverExternalPackages: ['separable']`
}
