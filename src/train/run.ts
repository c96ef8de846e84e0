/**
 * @file A run of `fit`: where it is, and everything else that it takes to go on, in another process too, as if it had not
 * been interrupted. Written down as a .npz file: arrays, and `run`, a JSON text of the rest.
 */
import { received, SeparableError } from '../base/errors.ts'
import type { NamedArrays } from '../formats/arrays.ts'
import { isObject, type JsonObject, type JsonValue, parseJsonObject } from '../formats/json.ts'
import { readNpz, writeNpz } from '../formats/npy.ts'
import type { Network } from '../nn/network.ts'
import type { Optimizer } from '../nn/optimizers/index.ts'
import type { Variable } from '../nn/variable.ts'
import { NdArray, showShape } from '../tensor/ndarray.ts'
import type { Callback, CallbackState } from './callbacks/index.ts'
import type { Compiled } from './compile.ts'
import type { History } from './events.ts'
import type { Place, Source } from './source.ts'
import { Totals, type TotalsState } from './totals.ts'

export type TrainedNetwork = Network & { stopTraining: boolean; initialEpoch: number }

export interface RunArgs {
  readonly network: TrainedNetwork
  readonly compiled: Compiled
  readonly history: History
  readonly callbacks: readonly Callback[]
  readonly source: Source
  readonly validation: Source | null
}

/** Raised when what is written means something else than before. */
const VERSION = 1

/** What is no array. */
interface Facts {
  readonly version: number
  readonly steps: number | null
  readonly place: Place
  readonly begun: boolean
  readonly totals: TotalsState
  readonly room: readonly number[]
  readonly stopTraining: boolean
  readonly optimizer: ReturnType<Optimizer['getState']>
  readonly history: Pick<History, 'epoch' | 'history'>
  readonly callbacks: readonly { readonly owner: string; readonly values: JsonObject }[]
}

export class Run {
  readonly #args: RunArgs
  #place: Place = { epoch: 0, step: 0, pass: 0, taken: 0 }
  /** Whether the epoch of `#place` has begun. */
  #begun = false
  /** Where the run that was taken up goes on. */
  #from: Place | undefined
  #totals: Totals

  constructor(args: RunArgs) {
    this.#args = args
    this.#totals = this.#newTotals()
    // All that is written down exists from the beginning: a run may be stopped before its first step.
    args.compiled.optimizer.build(args.network.trainableWeights)
  }

  /** What the epoch has come to so far. */
  get totals(): Totals {
    return this.#totals
  }

  get place(): Place {
    return this.#place
  }

  /** Whether this epoch had begun when the run was written down. */
  isResumedIn(epoch: number): boolean {
    return this.#begun && this.#place.epoch === epoch
  }

  /** Begins an epoch, or goes on with it: returns where, once, in a run that was taken up. */
  beginEpoch(epoch: number): Place | undefined {
    const from = this.#from?.epoch === epoch ? this.#from : undefined
    const { pass, taken } = this.#place
    if (!this.isResumedIn(epoch)) this.#place = { epoch, step: 0, pass: taken > 0 ? pass : epoch, taken }
    this.#begun = true
    this.#from = undefined
    return from
  }

  /** A step is done, and these are its place and what it adds to the totals. */
  addStep(end: Pick<Place, 'pass' | 'taken'>, ...sums: Parameters<Totals['add']>): void {
    this.#totals.add(...sums)
    this.#place = { epoch: this.#place.epoch, step: this.#place.step + 1, ...end }
  }

  endEpoch(): void {
    this.#place = { ...this.#place, epoch: this.#place.epoch + 1, step: 0 }
    this.#begun = false
    this.#totals = this.#newTotals()
  }

  /** The run as a file; nothing may be running. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const { network, compiled, history, callbacks, source } = this.#args
    const { optimizer } = compiled
    const states = statesOf(callbacks)
    const facts: Facts = {
      version: VERSION,
      steps: source.steps,
      place: this.#place,
      begun: this.#begun,
      totals: this.#totals.state,
      room: this.#rooms.map(({ images }) => images),
      stopTraining: network.stopTraining,
      optimizer: optimizer.getState(),
      history: { epoch: history.epoch, history: history.history },
      callbacks: states.map(({ owner, values }) => ({ owner, values })),
    }
    const valuesOf = (variable: Variable) => new NdArray(variable.read(), variable.shape)
    const arrays = [
      ...numbered('weights', network.weights.map(valuesOf)),
      ...numbered('optimizer', optimizer.slots.map(valuesOf)),
      ...states.flatMap((state, i) => numbered(`callbacks/${i}`, state.arrays ?? [])),
    ]
    const text = new TextEncoder().encode(JSON.stringify(facts, writeNumber))
    return writeNpz(new Map([['run', new NdArray(text, [text.length])], ...arrays]))
  }

  /**
   * Becomes the run that was written down. Nothing is changed when it does not fit.
   * @param what the name of the file, for messages
   * @throws SeparableError `data` when the file is damaged, `argument` when it belongs to another run
   */
  async restore(bytes: Uint8Array, what: string): Promise<void> {
    const arrays = readNpz(bytes, what)
    const facts = factsIn(arrays, what)
    const { network, compiled, history, callbacks } = this.#args
    const { optimizer } = compiled
    this.#demandSame(facts, what)
    const assignments = [
      ...matched(network.weights, listed(arrays, 'weights'), `${what}: weights`),
      ...matched(optimizer.slots, listed(arrays, 'optimizer'), `${what}: values of the optimizer`),
    ]
    for (const [variable, { data }] of assignments) variable.write(data)
    optimizer.setState(facts.optimizer)
    for (const [i, callback] of callbacks.filter(({ getState }) => getState).entries())
      await callback.setState?.({ ...facts.callbacks[i], arrays: listed(arrays, `callbacks/${i}`) })
    history.epoch.push(...facts.history.epoch)
    Object.assign(history.history, facts.history.history)
    this.#rooms.forEach((room, i) => {
      room.images = facts.room[i]
    })
    this.#place = facts.place
    this.#from = facts.place
    this.#begun = facts.begun
    this.#totals = this.#newTotals(facts.totals)
    network.initialEpoch = facts.place.epoch
    network.stopTraining = facts.stopTraining
  }

  get #rooms(): Source['room'][] {
    const { source, validation } = this.#args
    return [source.room, ...(validation ? [validation.room] : [])]
  }

  #newTotals(begun?: TotalsState): Totals {
    const { network, compiled } = this.#args
    return new Totals(compiled.heads(network.outputs), begun)
  }

  #demandSame(facts: Facts, what: string): void {
    const { source, callbacks } = this.#args
    const own = { steps: source.steps, sources: this.#rooms.length, callbacks: ownersOf(statesOf(callbacks)) }
    const other = { steps: facts.steps, sources: facts.room.length, callbacks: ownersOf(facts.callbacks) }
    const problem = (text: string, value: unknown) =>
      new SeparableError('argument', `${what} belongs to another run: ${text}, ${received(value)}`)
    if (own.steps !== other.steps) throw problem(`one of ${other.steps} steps an epoch`, own.steps)
    if (own.sources !== other.sources) throw problem('one with other validationData', own.sources > 1)
    if (own.callbacks !== other.callbacks) throw problem(`one with the callbacks ${other.callbacks}`, own.callbacks)
  }
}

function statesOf(callbacks: readonly Callback[]): CallbackState[] {
  return callbacks.flatMap((callback) => callback.getState?.() ?? [])
}

function ownersOf(states: readonly Pick<CallbackState, 'owner'>[]): string {
  return states.map(({ owner }) => owner).join(', ') || 'none'
}

// ------------------------------------------------------------------------------ arrays

/** `weights/0`, `weights/1`, ... */
function numbered(prefix: string, arrays: readonly NdArray[]): [string, NdArray][] {
  return arrays.map((array, i) => [`${prefix}/${i}`, array])
}

function listed(arrays: NamedArrays, prefix: string): NdArray[] {
  const found: NdArray[] = []
  for (let array = arrays.get(`${prefix}/0`); array; array = arrays.get(`${prefix}/${found.length}`)) found.push(array)
  return found
}

/** Each variable with its values. @throws SeparableError (`argument`) when number or shapes do not fit */
function matched(variables: readonly Variable[], values: readonly NdArray[], what: string): [Variable, NdArray][] {
  if (variables.length !== values.length)
    throw new SeparableError('argument', `${what}: the model has ${variables.length}, ${received(values.length)}`)
  return variables.map((variable, i) => {
    if (showShape(variable.shape) === showShape(values[i].shape)) return [variable, values[i]]
    const wanted = `${variable.path} wants the shape ${showShape(variable.shape)}`
    throw new SeparableError('argument', `${what}: ${wanted}, ${received(values[i].shape)}`)
  })
}

// ------------------------------------------------------------------------------ facts

/** JSON has no infinite numbers and none that are not numbers. */
function writeNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? { notFinite: String(value) } : value
}

function readNumbers(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(readNumbers)
  if (!isObject(value)) return value
  if (typeof value.notFinite === 'string') return Number(value.notFinite)
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, readNumbers(each)]))
}

function factsIn(arrays: NamedArrays, what: string): Facts {
  const text = arrays.get('run')?.data
  if (!(text instanceof Uint8Array))
    throw new SeparableError('data', `${what} holds no run, ${received([...arrays.keys()].slice(0, 3))}`)
  const facts = parseJsonObject(text, what)
  if (facts.version === VERSION) return readNumbers(facts) as unknown as Facts
  throw new SeparableError('data', `${what} was written by another version, ${received(facts.version)}`)
}
