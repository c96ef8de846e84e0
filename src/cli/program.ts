/**
 * @file The command line as a whole: its commands, and how any outcome becomes an exit code. 0 is success, 1 bad input,
 * 2 a command line that cannot be understood, 130 a run ended by Ctrl-C.
 */
import { Command, CommanderError } from 'commander'
import { SeparableError } from '../base/errors.ts'
import { flags } from '../base/flags.ts'
import { wantsJsonOnStdout } from './files.ts'
import { dress } from './help.ts'
import type { Terminal } from './terminal.ts'
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

interface CommandEntry {
  readonly summary: string
  /** What makes the command. Each is loaded when it is asked for: most of them bring all of the library. */
  readonly load: () => Promise<(terminal: Terminal) => Command>
}

const COMMANDS: { readonly [name: string]: CommandEntry } = {
  compare: {
    summary: 'train both networks and show what separable convolutions save',
    load: async () => (await import('./compare.ts')).compareCommand,
  },
  train: {
    summary: 'train a network and save it',
    load: async () => (await import('./train.ts')).trainCommand,
  },
  summary: {
    summary: 'print the layers of a network',
    load: async () => (await import('./summary.ts')).summaryCommand,
  },
  inspect: {
    summary: 'show what is in a file',
    load: async () => (await import('./inspect.ts')).inspectCommand,
  },
  convert: {
    summary: 'turn a model file into another kind of file',
    load: async () => (await import('./convert.ts')).convertCommand,
  },
  export: {
    summary: 'write a model for those without this library',
    load: async () => (await import('./export.ts')).exportCommand,
  },
  evaluate: {
    summary: 'measure a model on test images',
    load: async () => (await import('./evaluate.ts')).evaluateCommand,
  },
  predict: {
    summary: 'show pictures to a model',
    load: async () => (await import('./predict.ts')).predictCommand,
  },
  data: {
    summary: 'list, find and download data sets',
    load: async () => (await import('./data.ts')).dataCommand,
  },
}

/** Runs one command line (without node and script) and returns its exit code. */
export async function runCli(args: readonly string[], stdio: Terminal): Promise<number> {
  const terminal = wantsJsonOnStdout(args) ? stdio.apart() : stdio
  try {
    const program = await createProgram(args, terminal)
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    return report(error, terminal)
  }
}

/** With the commands that the line names; of the others there is the line in the overview. */
async function createProgram(args: readonly string[], terminal: Terminal): Promise<Command> {
  const program = new Command('separable').description(DESCRIPTION).version(VERSION).addHelpText('after', EXAMPLES)
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = args.includes(name) ? await loaded(load, terminal) : new Command(name)
    program.addCommand(command.summary(summary))
  }
  dress(program, terminal)
  return program.configureHelp({ ...program.configureHelp(), subcommandTerm: (command) => command.name() })
}

async function loaded(load: CommandEntry['load'], terminal: Terminal): Promise<Command> {
  const [{ setScreen }] = await Promise.all([import('../train/environment.ts'), import('../node.ts')])
  setScreen(terminal)
  return (await load())(terminal)
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
