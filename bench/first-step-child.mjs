/**
 * @file A fresh process that trains for the first time and prints when what happened, as JSON in milliseconds: `load` the
 * library, get `ready` (trace, plan, emit, compile, start workers, draw weights), compute the `first` step, and a `usual`
 * one. Usage: node first-step-child.mjs MODEL THREADS
 */
const [model = '', threads = ''] = process.argv.slice(2)

const start = performance.now()
const { openNetwork, pictures } = await import('./engine.mjs')
const { configure } = await import('../dist/node.js')
const loaded = performance.now()
const { networkOf } = await import('./networks.mjs')
const { x, y } = pictures(networkOf(model))

/** Of each run, as the library prints them when it is asked to. @type {number[]} */
const computing = []
console.error = (line) => {
  const ms = / images in ([\d.]+) ms$/.exec(line)?.[1]
  if (ms) computing.push(Number(ms))
}

const called = performance.now()
const network = openNetwork({ model, threads: Number(threads) })
configure({ threads: Number(threads), debug: 1 })
await network.trainOnBatch(x, y)
const answered = performance.now()
for (let i = 0; i < 3; i++) await network.trainOnBatch(x, y)
await network.dispose()

const [first = Number.NaN, ...others] = computing
console.log(
  JSON.stringify({ load: loaded - start, ready: answered - called - first, first, usual: Math.min(...others) }),
)
