/**
 * @file A worker of the wasm backend, the same in Node and in browsers: it instantiates the modules it is sent on the
 * shared memory, and runs them when it is called over the board (`board.ts`). Plain JavaScript, because it is loaded by
 * URL, before any build of the sources.
 */

/** @typedef {import('./pool.ts').ToWorker} ToWorker @typedef {import('./pool.ts').FromWorker} FromWorker */

/** Words of the board. */
const JOB = 0
const LEFT = 1
const GATHER = 2
const TICKETS = 3
const NO_JOB = -1

/** How often a worker that helped the caller looks for the next call before it sleeps: about 100 microseconds. */
const SPINS = 20_000

/** Words of a gathering: images, inputs, then for each input what follows. */
const HEADER = 2
const INPUT_WORDS = 5

/** @type {Map<number, WebAssembly.Instance>} */
const instances = new Map()
/** Arrays of examples, by number. @type {Map<number, SharedArrayBuffer>} */
const sources = new Map()
/** @type {Extract<ToWorker, { type: 'open' }>} */
let pool
/** @type {Int32Array} */
let board
/** The memory, as long as it was when the last module came: all that modules are fed with lies there. @type {ArrayBufferLike} */
let bytes

/** @param {ToWorker} message */
function handle(message) {
  switch (message.type) {
    case 'open':
      pool = message
      board = new Int32Array(message.memory.buffer, message.board, TICKETS + message.threads)
      break
    case 'load':
      instances.set(message.id, new WebAssembly.Instance(message.module, { env: { memory: pool.memory } }))
      bytes = pool.memory.buffer
      break
    case 'share':
      sources.set(message.source, message.buffer)
      break
    case 'forget':
      sources.delete(message.source)
  }
}

/**
 * Runs jobs, and sleeps in between, until there is a message to read: that is what a call without a job means.
 * @param {number} ticket the last call that this worker has answered
 * @param {(answer: FromWorker) => void} post
 */
function attend(ticket, post) {
  const own = TICKETS + pool.thread
  let spins = 0
  for (let seen = ticket; ; ) {
    while (spins > 0 && Atomics.load(board, own) === seen) spins--
    Atomics.wait(board, own, seen)
    const next = Atomics.load(board, own)
    if (next === seen) continue
    seen = next
    const job = Atomics.load(board, JOB)
    if (job === NO_JOB) return
    const helps = Atomics.load(board, LEFT) === 0
    run(job)
    if (!helps && Atomics.sub(board, LEFT, 1) === 1) post({ type: 'done' })
    // Who works in the place of a worker leaves its processor to this one; else the caller may need it.
    spins = helps ? SPINS : 0
  }
}

/** @param {number} job */
function run(job) {
  const { thread, threads } = pool
  const exports = /** @type {Record<string, Function>} */ (instances.get(job)?.exports)
  const gathering = Atomics.load(board, GATHER)
  if (gathering) {
    gather(gathering)
    exports.barrier?.(threads, 0)
  }
  exports.step?.(thread, threads, 0)
}

/** Copies this thread's share of the images of a batch to where the kernels expect them. @param {number} address */
function gather(address) {
  const words = new Int32Array(bytes, address)
  const { thread, threads } = pool
  const [count = 0, inputs = 0] = words
  const begin = Math.floor((count * thread) / threads)
  const end = Math.floor((count * (thread + 1)) / threads)
  for (let i = 0; i < inputs; i++) {
    const at = HEADER + INPUT_WORDS * i
    const [source = 0, offset = 0, size = 0, destination = 0, order = 0] = words.subarray(at, at + INPUT_WORDS)
    const from = new Uint8Array(/** @type {SharedArrayBuffer} */ (sources.get(source)), offset)
    const to = new Uint8Array(bytes, destination, count * size)
    const items = new Uint32Array(bytes, order, count)
    for (let k = begin; k < end; k++) {
      const item = /** @type {number} */ (items[k])
      to.set(from.subarray(item * size, (item + 1) * size), k * size)
    }
  }
}

/** @param {(answer: FromWorker) => void} post @returns {(message: ToWorker) => void} */
const reader = (post) => (message) => {
  try {
    handle(message)
    post({ type: 'done' })
    attend(message.ticket, post)
  } catch (error) {
    post({ type: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
}

const unreadable = /** @type {FromWorker} */ ({ type: 'ended', reason: 'a message that it cannot read' })

// Without an import, which bundlers for browsers would trip over.
const port = globalThis.process?.getBuiltinModule?.('node:worker_threads').parentPort
if (port) {
  port.on(
    'message',
    reader((answer) => port.postMessage(answer)),
  )
  port.on('messageerror', () => port.postMessage(unreadable))
} else {
  const read = reader((answer) => self.postMessage(answer))
  self.onmessage = (event) => read(event.data)
  self.onmessageerror = () => self.postMessage(unreadable)
}
