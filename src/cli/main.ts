#!/usr/bin/env node
/** @file The `separable` command: the process around `runCli`. */
import { runCli } from './program.ts'
import { Terminal } from './terminal.ts'

/** 128 + SIGPIPE: what shells see of a program whose reader has seen enough, as in `separable summary conv | head`. */
const PIPE_CLOSED = 141

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(PIPE_CLOSED)
  const reason = /^[A-Z0-9]+: (.*?)(, |$)/.exec(error.message)?.[1] ?? error.message
  process.stderr.write(`separable: cannot write to stdout: ${reason}, received: ${JSON.stringify(error.code)}\n`)
  process.exit(1)
})
// Nobody is left to be told.
process.stderr.on('error', () => {})

/** What COLUMNS asks for, as it does of other programs. */
function widthOf({ COLUMNS }: NodeJS.ProcessEnv): number | undefined {
  const columns = Number(COLUMNS)
  return Number.isSafeInteger(columns) && columns > 0 ? columns : undefined
}

/** Above it, shells count signals: the work was ended, and what still starts or computes is not waited for. */
const SIGNALED = 128

const exitCode = await runCli(process.argv.slice(2), new Terminal(process.stdout, process.stderr, widthOf(process.env)))
if (exitCode > SIGNALED) process.exit(exitCode)
process.exitCode = exitCode
