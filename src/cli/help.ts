/** @file How commander's texts look: help in colour where colours show, an error as one line like all others. */
import type { Command } from 'commander'
import pc from 'picocolors'
import type { Terminal } from './terminal.ts'

/** Commander removes the colours again where none are shown. */
const colors = pc.createColors(true)

/** Gives a command and those below it the looks of this command line; ends by exceptions instead of the process. */
export function dress(command: Command, terminal: Terminal): Command {
  command
    .exitOverride()
    .configureHelp({
      styleTitle: colors.bold,
      styleOptionTerm: colors.cyan,
      styleSubcommandTerm: colors.cyan,
      styleArgumentTerm: colors.cyan,
    })
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      writeErr: (text) => terminal.writeError(text),
      getOutHasColors: () => terminal.colors.isColorSupported,
      getErrHasColors: () => terminal.errorColors.isColorSupported,
      getOutHelpWidth: () => terminal.columns,
      outputError: (text) => terminal.fail(oneLine(text)),
    })
  for (const child of command.commands) dress(child, terminal)
  return command
}

/** `error: unknown option '--epoch'\n(Did you mean --epochs?)\n` without its line breaks and first word. */
function oneLine(text: string): string {
  return text
    .replace(/^error: /, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ')
}
