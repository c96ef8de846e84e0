/**
 * @file What training needs from the platform: an engine to compute with and a screen to show progress on. The entry for
 * Node and that for browsers put both in place; tests put in others.
 */
import type { Engine } from '../backends/engine.ts'
import { ReferenceEngine } from '../backends/reference/reference-engine.ts'
import { received, SeparableError } from '../base/errors.ts'
import { flags, MAX_DEBUG } from '../base/flags.ts'
import { type Args, bool, int, oneOf, type Resolved, resolve } from '../nn/schema.ts'

/** More threads than any machine that this was tried on has cores; each takes memory and time to start. */
export const MAX_THREADS = 256

const engineSchema = {
  backend: oneOf('"wasm" is fast, "reference" computes slowly in f64, for checks', 'wasm', 'reference').default('wasm'),
  threads: int('threads to compute with; null takes all cores', { min: 1, max: MAX_THREADS }).orNull(),
  deterministic: oneOf(
    '"machine" repeats itself on one machine, "portable" also on machines without fused multiply-add, but slower',
    'machine',
    'portable',
  ).default('machine'),
  selfTest: oneOf(
    'which kernels are fast here: "recorded" may know it from an earlier process, "anew" tries again',
    'recorded',
    'anew',
  ).default('recorded'),
}

const flagSchema = {
  debug: int(`how much to print: 0 nothing, 1 runs ... ${MAX_DEBUG} emitted code; null as it was`, {
    min: 0,
    max: MAX_DEBUG,
  }).orNull(),
  check: bool('verify graphs and name the first kernel whose result is not finite; null as it was').orNull(),
}

export type EngineOptions = Resolved<typeof engineSchema>
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
  /** Says in a line that something works, but not as one might think. */
  warn(line: string): void
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
  warn: (line) => console.warn(`warning: ${line}`),
  draw: () => {},
  endDrawing: () => {},
}

const state = {
  options: resolve('configure', engineSchema),
  factory: undefined as EngineFactory | undefined,
  screen: plainConsole,
  /** What the screen has been told about engines: once is enough. */
  told: new Set<string>(),
}

/**
 * Chooses how models compute that are first used from now on. Defaults: backend "wasm", threads null (all cores),
 * deterministic "machine", selfTest "recorded", debug and check null (as the environment variables DEBUG and CHECK say; see base/flags.ts).
 * @throws SeparableError (`argument`) when an option is unknown or does not fit
 */
export function configure(options: Args<typeof engineSchema & typeof flagSchema>): void {
  const { debug, check, ...engine } = resolve('configure', { ...engineSchema, ...flagSchema }, options)
  state.options = engine
  flags.debug = debug ?? flags.debug
  flags.check = check ?? flags.check
}

/** Puts in place what makes the `wasm` engines of this platform; nothing does by default. */
export function setEngineFactory(factory: EngineFactory | undefined): void {
  state.factory = factory
}

/** Puts in place where progress is shown. Default: the console, one line an epoch. */
export function setScreen(screen: Screen | undefined): void {
  state.screen = screen ?? plainConsole
  state.told.clear()
}

export function currentScreen(): Screen {
  return state.screen
}

/**
 * A new engine as configured. When it is slower than it could be, the screen is told why.
 * @throws SeparableError (`unsupported`) when a fast one is wanted and the platform's entry was not imported
 */
export async function createEngine(): Promise<Engine> {
  const engine = await openEngine()
  tell(engine.notes)
  engine.ready().then(
    () => tell(engine.notes),
    () => {}, // closed before
  )
  return engine
}

function tell(notes: readonly string[]): void {
  const { screen, told } = state
  for (const note of notes) {
    if (!told.has(note)) screen.warn(note)
    told.add(note)
  }
}

async function openEngine(): Promise<Engine> {
  const { factory, options } = state
  if (options.backend === 'reference') return new ReferenceEngine()
  if (factory) return factory(options)
  throw new SeparableError(
    'unsupported',
    `no engine for backend "wasm": import from "separable", which knows the platform, ${received(factory)}`,
  )
}
