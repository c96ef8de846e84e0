/** @file A worker.js in a thread of Node, for tests that run from the sources. */
import { Worker } from 'node:worker_threads'
import type { WorkerHandle } from './pool.ts'

export function spawnWorker(): WorkerHandle {
  const worker = new Worker(new URL('./worker.js', import.meta.url))
  return {
    post: (message) => worker.postMessage(message),
    onAnswer(listener) {
      worker.on('message', listener)
      worker.on('error', (error) => listener({ type: 'failed', reason: String(error) }))
    },
    setBusy: (busy) => (busy ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  }
}
