/** @file The package's entry for browsers: the public API, computing in web workers. */
import type { WorkerHandle } from './backends/wasm/pool.ts'
import { WasmEngine } from './backends/wasm/wasm-engine.ts'
import { setEngineFactory } from './train/environment.ts'

export * from './index.ts'

setEngineFactory(async ({ threads, deterministic }) => {
  const cores = navigator.hardwareConcurrency
  return new WasmEngine({ cores, threads: threads ?? cores, deterministic, spawn: spawnWorker })
})

function spawnWorker(): WorkerHandle {
  const worker = new Worker(new URL('./backends/wasm/worker.js', import.meta.url), { type: 'module' })
  return {
    post: (message) => worker.postMessage(message),
    onAnswer(listener) {
      worker.onmessage = ({ data }) => listener(data)
      worker.onerror = ({ message }) => listener({ type: 'failed', reason: message || 'it could not be loaded' })
    },
    setBusy: () => {}, // a page lives as long as it is open
    terminate: () => worker.terminate(),
  }
}
