/**
 * @file A worker of the wasm backend, the same in Node and in browsers: it instantiates the modules
 * it is sent on the shared memory and runs them when told. Plain JavaScript, because it is loaded
 * by URL, before any build of the sources.
 */

/** @typedef {import('./pool.ts').ToWorker} ToWorker @typedef {import('./pool.ts').FromWorker} FromWorker */

/** @type {Map<number, WebAssembly.Instance>} */
const instances = new Map()

/** @param {ToWorker} message @returns {FromWorker} */
function handle(message) {
  try {
    if (message.type === 'load') {
      const imports = { env: { memory: message.memory } }
      instances.set(message.id, new WebAssembly.Instance(message.module, imports))
    } else if (message.type === 'run') {
      const step = /** @type {Function} */ (instances.get(message.id)?.exports.step)
      step(message.thread, message.threads)
    }
    return { type: 'done' }
  } catch (error) {
    return { type: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

if (typeof process === 'object' && process.versions?.node) {
  const { parentPort } = await import('node:worker_threads')
  parentPort?.on('message', (message) => parentPort.postMessage(handle(message)))
} else {
  self.onmessage = (event) => self.postMessage(handle(event.data))
}
