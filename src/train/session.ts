/**
 * @file A model's life in an engine: its graphs are compiled when they are first needed and kept, its variables move in
 * when a graph that reads them runs, and back home when the session closes.
 */
import type { Engine, Executable, Feed, KernelTime, Results } from '../backends/engine.ts'
import { SeparableError } from '../base/errors.ts'
import type { ScalarName, Trace } from '../nn/trace.ts'
import type { Variable } from '../nn/variable.ts'
import { createEngine } from './environment.ts'
import type { Format } from './graphs.ts'

/** What changes from step to step besides the weights; 0 where nothing is said. */
type Scalars = { readonly [name in ScalarName]?: number }

/** A compiled graph with the variables it reads. */
export class Step {
  readonly executable: Executable
  readonly #engine: Engine
  readonly #scalars: readonly ScalarName[]
  /** What the graph reads: weights, and in training the optimizer's slots. */
  readonly variables: readonly Variable[]

  constructor(engine: Engine, executable: Executable, { variables, scalars }: Trace) {
    this.executable = executable
    this.#engine = engine
    this.variables = variables
    this.#scalars = scalars
  }

  /** Runs once. May be called once more before the first run is done. */
  run(feed: Feed, scalars: Scalars = {}): Promise<Results> {
    return this.executable.run(this.#ready(feed, scalars))
  }

  /** Runs once, kernel by kernel, and updates nothing. */
  async profile(feed: Feed): Promise<KernelTime[]> {
    const { executable } = this
    if (executable.profile) return executable.profile(this.#ready(feed, {}))
    const message = `profile: the backend ${this.#engine.backend} has no kernels, received: ${this.#engine.backend}`
    throw new SeparableError('unsupported', message)
  }

  #ready(feed: Feed, given: Scalars): Feed {
    for (const variable of this.variables) variable.moveTo(this.#engine)
    const values: Scalars = { ...given, invBatch: 1 / feed.count }
    const scalars = Object.fromEntries(this.#scalars.map((name) => [name, values[name] ?? 0]))
    return { ...feed, scalars }
  }
}

export class Session {
  readonly engine: Engine
  readonly #steps = new Map<string, Promise<Step>>()
  readonly #variables = new Set<Variable>()

  private constructor(engine: Engine) {
    this.engine = engine
  }

  static async open(): Promise<Session> {
    return new Session(await createEngine())
  }

  /** The compiled graph for this purpose and format; `trace` makes it when it is not known yet. */
  step(purpose: string, format: Format, trace: () => Trace): Promise<Step> {
    const key = [purpose, format.batch, ...format.dtypes, ...(format.weights?.filter(Boolean) ?? [])].join(' ')
    const step = this.#steps.get(key) ?? this.#compile(trace(), format)
    this.#steps.set(key, step)
    return step
  }

  /** Compiled graphs are made anew when they are needed again. */
  forget(): void {
    this.#steps.clear()
  }

  /** Brings all variables home and ends the engine. */
  async close(): Promise<void> {
    for (const variable of this.#variables) variable.leave(this.engine)
    await this.engine.close()
  }

  async #compile(trace: Trace, { batch }: Format): Promise<Step> {
    const executable = await this.engine.compile(trace.graph, batch)
    for (const variable of trace.variables) this.#variables.add(variable)
    return new Step(this.engine, executable, trace)
  }
}
