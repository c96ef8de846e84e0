/** @file The package's entry for browsers: the public API, computing in web workers. */
import type { WorkerHandle } from './backends/wasm/pool.ts'
import type { TestRecords } from './backends/wasm/tile-test.ts'
import { WasmEngine } from './backends/wasm/wasm-engine.ts'
import { MAX_THREADS, setEngineFactory } from './train/environment.ts'

export * from './index.ts'

setEngineFactory(async ({ threads, deterministic, selfTest }) => {
  // Some browsers keep it to themselves, and some runtimes that are no browsers have no navigator.
  const cores = globalThis.navigator?.hardwareConcurrency || 1
  const records = selfTest === 'recorded' ? storageRecords : undefined
  return new WasmEngine({
    cores,
    threads: threads ?? Math.min(cores, MAX_THREADS),
    deterministic,
    records,
    spawn: spawnWorker,
  })
})

/** Records of this browser's version; pages that may not store anything make the tests again. */
const storageRecords: TestRecords = {
  read: (test) => attempt(() => localStorage.getItem(recordKey(test)) ?? undefined),
  write: (test, result) => attempt(() => localStorage.setItem(recordKey(test), result)),
}

const recordKey = (test: string) => `separable: ${test}, ${navigator.userAgent}`

function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}

const NOT_LOADED =
  "backends/wasm/worker.js cannot be loaded: it must be served, and a Content-Security-Policy must have worker-src 'self'"

function spawnWorker(): WorkerHandle {
  const worker = new Worker(new URL('./backends/wasm/worker.js', import.meta.url), { type: 'module' })
  return {
    post: (message) => worker.postMessage(message),
    onAnswer(listener) {
      worker.onmessage = ({ data }) => listener(data)
      worker.onerror = (event) => listener({ type: 'ended', reason: event.message || NOT_LOADED })
      worker.onmessageerror = () => listener({ type: 'ended', reason: 'an answer that cannot be read' })
    },
    setBusy: () => {}, // a page lives as long as it is open
    terminate: () => worker.terminate(),
  }
}
