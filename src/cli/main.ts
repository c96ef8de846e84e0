#!/usr/bin/env node
/** @file The `separable` command: the process around `runCli`. */
import { runCli } from './program.ts'
import { Terminal } from './terminal.ts'

// Who reads our output may have seen enough, as in `separable summary conv | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

/** Above it, shells count signals: the work was ended, and what still starts or computes is not waited for. */
const SIGNALED = 128

const exitCode = await runCli(process.argv.slice(2), new Terminal(process.stdout, process.stderr))
if (exitCode > SIGNALED) process.exit(exitCode)
process.exitCode = exitCode
