#!/usr/bin/env node
/** @file The `separable` command: the process around `runCli`. */
import { runCli } from './program.ts'
import { Terminal } from './terminal.ts'

// Who reads our output may have seen enough, as in `separable summary conv | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

process.exitCode = await runCli(process.argv.slice(2), new Terminal(process.stdout, process.stderr))
