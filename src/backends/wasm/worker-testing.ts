/** @file A worker.js in a thread of Node, for tests that run from the sources. */
import { Worker, type WorkerOptions } from 'node:worker_threads'
import type { WorkerHandle } from './pool.ts'

/** @param file another script in the place of worker.js */
const WORKER = new URL('./worker.js', import.meta.url)

export function spawnWorker(file: URL | string = WORKER, options: WorkerOptions = {}): WorkerHandle {
  const worker = new Worker(file, options)
  return {
    post: (message) => worker.postMessage(message),
    onAnswer(listener) {
      worker.on('message', listener)
      worker.on('error', (error) => listener({ type: 'ended', reason: String(error) }))
      worker.on('exit', (code) => listener({ type: 'ended', reason: `exit code ${code}` }))
    },
    setBusy: (busy) => (busy ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  }
}
