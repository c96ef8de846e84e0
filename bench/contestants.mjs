/**
 * @file Who takes part in the bench: this engine, in this process, and each installed peer in a process of its own for each
 * turn, as a program that does nothing else would be. A peer (bench/peers/) speaks JSON lines: first
 * `{ version, systems: [{ name, tasks }], params: { model: count } }` (no params when started `--again`), then for each request
 * `{ cmd: "step" | "infer", system, model, batch, threads, count }` an answer `{ ms }`, the mean of `count` calls.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createEngine } from './engine.mjs'
import { paramsOf } from './networks.mjs'

/**
 * @typedef {import('./networks.mjs').Task} Task
 * @typedef {{ model: string, task: Task, batch: number, threads: number }} Case
 * @typedef {{ name: string, tasks: Task[], renew?(): Promise<void>, measure(what: Case, count: number): Promise<number> }} System
 *   `renew` lets a new process take the place of the one so far; `measure` makes `count` calls and returns milliseconds a call
 * @typedef {{ label: string, systems: System[], close(): Promise<void> | void }} Contestant
 * @typedef {{ version: string, systems: { name: string, tasks: Task[] }[], params?: Record<string, number> }} Hello
 */

/** The name of this engine in rows. */
export const OWN_SYSTEM = 'separable'

/** Commands to try, in this order. */
const PYTHONS = [process.env.PYTHON, 'python3', '/usr/bin/python3'].filter((name) => name !== undefined)
const KERAS_PYTHONS = [process.env.SEPARABLE_KERAS_PYTHON ?? [], PYTHONS].flat()
const pytorch = PYTHONS.map((python) => [python, peerPath('pytorch.py')])
/** Freed memory stays with the process, for glibc: it is not asked for again, page by page, at the next call. */
const KEEPS_MEMORY = { MALLOC_TRIM_THRESHOLD_: '10000000000', MALLOC_MMAP_THRESHOLD_: '10000000000' }

/**
 * How to start each peer, and what to call its systems: the commands are tried in their order.
 * @type {Readonly<Record<string, { commands: string[][], env?: Record<string, string>, suffix?: string }>>}
 */
const PEERS = {
  torch: { commands: pytorch },
  'torch-tuned': { commands: pytorch, env: KEEPS_MEMORY, suffix: '-tuned' },
  tensorflow: { commands: KERAS_PYTHONS.map((python) => [python, peerPath('tensorflow_keras.py')]) },
  tfjs: { commands: [[process.execPath, peerPath('tfjs.mjs')]] },
}

export const PEER_NAMES = Object.keys(PEERS)

/** @returns {Contestant} */
export function ownContestant() {
  /** @type {Map<string, Promise<import('./engine.mjs').Engine>>} */
  const engines = new Map()
  /** @param {Case} what */
  const engineFor = ({ model, threads }) => {
    const key = `${model} ${threads}`
    const engine = engines.get(key) ?? createEngine({ model, threads })
    engines.set(key, engine)
    return engine
  }
  return {
    label: `${OWN_SYSTEM}, Node ${process.versions.node}`,
    systems: [
      {
        name: OWN_SYSTEM,
        tasks: ['step', 'infer'],
        measure: async (what, count) => {
          const engine = await engineFor(what)
          return what.task === 'step' ? engine.step(count) : engine.infer(what.batch, count)
        },
      },
    ],
    close: async () => {
      for (const engine of await Promise.allSettled(engines.values()))
        if (engine.status === 'fulfilled') await engine.value.close()
    },
  }
}

/**
 * Starts a peer.
 * @param {string} name one of PEER_NAMES
 * @returns {Promise<Contestant>}
 * @throws when it is not installed, or builds other networks than ours
 */
export async function openPeer(name) {
  const failures = []
  const { commands = [], env = {}, suffix = '' } = PEERS[name] ?? {}
  for (const command of commands) {
    try {
      const again = () => greet([...command, '--again'], env)
      return contestantOf(name, suffix, again, await greet(command, env))
    } catch (error) {
      failures.push(/** @type {Error} */ (error).message)
    }
  }
  throw new Error(failures.at(-1) ?? `unknown peer, expected ${PEER_NAMES.join(' or ')}, received: ${name}`)
}

/** Starts a process and hears what it is. @param {string[]} command @param {Record<string, string>} env */
async function greet([program = '', ...args], env) {
  const peer = startProcess(program, args, env)
  try {
    return { peer, hello: /** @type {Hello} */ (await peer.read()) }
  } catch (error) {
    peer.close()
    throw error
  }
}

/**
 * @param {string} name @param {string} suffix @param {() => ReturnType<typeof greet>} again
 * @param {Awaited<ReturnType<typeof greet>>} started
 * @returns {Contestant}
 */
function contestantOf(name, suffix, again, { peer: first, hello }) {
  let peer = first
  for (const [model, params] of Object.entries(hello.params ?? {})) {
    if (params === paramsOf(model)) continue
    peer.close()
    throw new Error(`builds another ${model} network, of ${params} parameters instead of ${paramsOf(model)}`)
  }
  const renew = async () => {
    peer.close()
    peer = (await again()).peer
  }
  const systems = hello.systems.map((system) => ({
    name: `${system.name}${suffix}`,
    tasks: system.tasks,
    renew,
    measure: async (/** @type {Case} */ { task, ...what }, /** @type {number} */ count) => {
      peer.write({ cmd: task, system: system.name, ...what, count })
      return /** @type {{ ms: number }} */ (await peer.read()).ms
    },
  }))
  return { label: `${name} ${hello.version}`, systems, close: () => peer.close() }
}

/**
 * A process that answers each JSON line with one.
 * @param {string} program @param {string[]} args @param {Record<string, string>} env
 */
function startProcess(program, args, env) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  let complaint = ''
  child.stderr.on('data', (data) => {
    complaint = (complaint + data).slice(-2000)
  })
  child.on('error', (error) => {
    complaint = error.message
  })
  // Writing to a process that has ended is reported by the next read.
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    write: (/** @type {object} */ request) => child.stdin.write(`${JSON.stringify(request)}\n`),
    /** @returns {Promise<unknown>} */
    read: async () => {
      const { value, done } = await lines.next()
      if (done) throw new Error(complaint.trim().split('\n').at(-1) || `${program} ended`)
      return JSON.parse(value)
    },
    close: () => {
      child.stdin.end()
    },
  }
}

/** @param {string} file */
function peerPath(file) {
  return fileURLToPath(new URL(`peers/${file}`, import.meta.url))
}
