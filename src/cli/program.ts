/**
 * @file The command line as a whole: its commands, and how any outcome becomes an exit code. 0 is success, 1 bad input,
 * 2 a command line that cannot be understood, 130 a run ended by Ctrl-C.
 */
import { Command, CommanderError } from 'commander'
import { SeparableError } from '../base/errors.ts'
import { flags } from '../base/flags.ts'
import { setScreen } from '../train/environment.ts'
import { compareCommand } from './compare.ts'
import { convertCommand } from './convert.ts'
import { dataCommand } from './data.ts'
import { evaluateCommand } from './evaluate.ts'
import { exportCommand } from './export.ts'
import { dress } from './help.ts'
import { inspectCommand } from './inspect.ts'
import { predictCommand } from './predict.ts'
import { summaryCommand } from './summary.ts'
import type { Terminal } from './terminal.ts'
import { trainCommand } from './train.ts'
import { VERSION } from './version.ts'

const DESCRIPTION = 'Train small, fast convolutional networks, and see what depthwise separable convolutions save.'

const EXAMPLES = `
Examples:
  $ separable compare                              both networks on drawn shapes
  $ separable compare --data cifar10 --epochs 10   the same on CIFAR-10
  $ separable train --data photos                  a network for your own pictures
  $ separable predict net.keras rose.jpg           what it takes a picture for
  $ separable evaluate net.keras --data cifar10    how good it is on test images
  $ separable summary separable --cost             its layers, and what they cost
  $ separable inspect net.keras                    what is in a file
  $ separable convert net.h5 net.keras             another kind of file
  $ separable export net.keras --out net.onnx      for ONNX Runtime and others
  $ separable data download cifar10                fetches a data set once

"separable COMMAND --help" explains a command.`

const COMMANDS = [
  compareCommand,
  trainCommand,
  summaryCommand,
  inspectCommand,
  convertCommand,
  exportCommand,
  evaluateCommand,
  predictCommand,
  dataCommand,
]

/** Runs one command line (without node and script) and returns its exit code. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  setScreen(terminal)
  try {
    await createProgram(terminal).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    return report(error, terminal)
  }
}

function createProgram(terminal: Terminal): Command {
  const program = new Command('separable').description(DESCRIPTION).version(VERSION).addHelpText('after', EXAMPLES)
  for (const command of COMMANDS) program.addCommand(command(terminal))
  return dress(program, terminal)
}

/** Says what went wrong, and returns the exit code for it. */
function report(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.code.startsWith('commander.') && error.exitCode ? 2 : error.exitCode
  const known = error instanceof SeparableError && error.code !== 'internal'
  terminal.fail(error instanceof Error ? error.message : String(error))
  if (flags.debug > 0) terminal.writeError(`${error instanceof Error ? error.stack : ''}\n`)
  else if (!known) terminal.writeError('This should not happen. Set DEBUG=1 to see where it comes from.\n')
  return 1
}
