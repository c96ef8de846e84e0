/**
 * @file The debugging ladder, all of it. In Node the environment variables DEBUG (0 to 6) and CHECK (0 or 1) set it when the
 * library is loaded; anywhere, `configure({ debug, check })` does. Each rung shows what the ones below show, too:
 *
 * 1. every run of a compiled graph and how long it took; stack traces of errors on the command line
 * 2. time and GFLOP/s of every kernel, on one thread, for the second run of each graph
 * 3. the kernel chosen for every call, and the others there are
 * 4. the plan: phases, kernels, addresses
 * 5. the graph as it is traced, and what each pass makes of it
 * 6. the emitted code: functions and their sizes, and in Node a .wasm file
 *
 * CHECK verifies every graph and runs kernel by kernel on one thread, so that the first one whose result is not finite is
 * named. Results are the same, slower.
 */

export const MAX_DEBUG = 6

export const flags = {
  debug: 0,
  check: false,
  /** Where lines go. Default: the console's error stream. */
  print: (text: string): void => console.error(text),
  /** Keeps emitted code for a look and says where; nothing where there are no files. */
  keep: (_name: string, _bytes: Uint8Array): string | undefined => undefined,
}

/** Other programs use DEBUG too (`DEBUG=express:*`): what is no number from 0 to 6 is not meant for us. */
export function setFlagsFrom(env: (name: string) => string | undefined): void {
  const level = Number(env('DEBUG') ?? 0)
  if (Number.isInteger(level) && level >= 0 && level <= MAX_DEBUG) flags.debug = level
  flags.check = env('CHECK') === '1'
}

/** Prints at this rung or above; `text` is only made when it is shown. */
export function debug(rung: number, text: () => string): void {
  if (flags.debug >= rung) flags.print(text())
}
