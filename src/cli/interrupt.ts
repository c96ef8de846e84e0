/** @file Ctrl-C: the first one asks for a clean end, a second one ends the process at once. */
import { constants } from 'node:os'
import { CommanderError } from 'commander'
import type { Terminal } from './terminal.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** npm passes on the Ctrl-C that the terminal has already sent to everyone: one key press arrives twice. */
const SAME_KEY_PRESS_MS = 150

/**
 * Runs work that ends early, but cleanly, when the signal it gets aborts.
 * @throws CommanderError with the exit code that shells expect of an interrupted program, after the work has ended
 */
export async function interruptible(terminal: Terminal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController()
  let [exitCode, since] = [0, 0]
  const onSignal = (name: (typeof SIGNALS)[number]): void => {
    if (exitCode && performance.now() - since > SAME_KEY_PRESS_MS) process.exit(exitCode)
    if (exitCode) return
    exitCode = 128 + constants.signals[name]
    since = performance.now()
    terminal.warn('interrupted: ending after the present step; Ctrl-C again stops at once')
    controller.abort()
  }
  for (const name of SIGNALS) process.on(name, onSignal)
  try {
    await work(controller.signal)
  } catch (error) {
    if (error !== controller.signal.reason) throw error
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal)
  }
  if (exitCode) throw new CommanderError(exitCode, 'separable.interrupted', 'interrupted')
}
