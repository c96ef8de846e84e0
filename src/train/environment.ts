/**
 * @file What training needs from the platform: an engine to compute with and a screen to show progress on. The entry for
 * Node and that for browsers put both in place; tests put in others.
 */
import type { Engine } from '../backends/engine.ts'
import { ReferenceEngine } from '../backends/reference/reference-engine.ts'
import { received, SeparableError } from '../base/errors.ts'
import { type Args, int, oneOf, type Resolved, resolve } from '../nn/schema.ts'

const schema = {
  backend: oneOf('"wasm" is fast, "reference" computes slowly in f64, for checks', 'wasm', 'reference').default('wasm'),
  threads: int('threads to compute with; null takes all cores', { min: 1 }).orNull(),
  deterministic: oneOf(
    '"machine" repeats itself on one machine, "portable" also on machines without fused multiply-add, but slower',
    'machine',
    'portable',
  ).default('machine'),
}

export type EngineOptions = Resolved<typeof schema>
export type EngineFactory = (options: EngineOptions) => Promise<Engine>

/** Where progress is shown. */
export interface Screen {
  /** Whether a line can be redrawn in place. */
  readonly interactive: boolean
  /** Characters that fit on a line. */
  readonly columns: number
  /** Whether ANSI colours show. */
  readonly color: boolean
  /** Writes a line. */
  print(line: string): void
  /** Shows a line that the next `draw` replaces. */
  draw(line: string): void
  /** Leaves the line that was drawn last as it is. */
  endDrawing(): void
}

const plainConsole: Screen = {
  interactive: false,
  columns: 80,
  color: false,
  print: (line) => console.log(line),
  draw: () => {},
  endDrawing: () => {},
}

const state = {
  options: resolve('configure', schema),
  factory: undefined as EngineFactory | undefined,
  screen: plainConsole,
}

/**
 * Chooses how models compute that are first used from now on. Defaults: backend "wasm", threads null (all cores),
 * deterministic "machine".
 * @throws SeparableError (`argument`) when an option is unknown or does not fit
 */
export function configure(options: Args<typeof schema>): void {
  state.options = resolve('configure', schema, options)
}

/** Puts in place what makes the `wasm` engines of this platform. */
export function setEngineFactory(factory: EngineFactory): void {
  state.factory = factory
}

/** Puts in place where progress is shown. Default: the console, one line an epoch. */
export function setScreen(screen: Screen): void {
  state.screen = screen
}

export function currentScreen(): Screen {
  return state.screen
}

/**
 * A new engine as configured.
 * @throws SeparableError (`unsupported`) when a fast one is wanted and the platform's entry was not imported
 */
export async function createEngine(): Promise<Engine> {
  const { factory, options } = state
  if (options.backend === 'reference') return new ReferenceEngine()
  if (factory) return factory(options)
  throw new SeparableError(
    'unsupported',
    `no engine for backend "wasm": import from "separable", which knows the platform, ${received(factory)}`,
  )
}
