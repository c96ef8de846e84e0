/** @file Runs the built command line as a process of its own. Needs `npm run build`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

export interface Outcome {
  readonly exitCode: number | null
  readonly out: string
  readonly err: string
}

/** A command that runs in a folder, with the data sets in its folder `data`. */
export function startCommand(dir: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], {
    cwd: dir,
    env: { ...process.env, SEPARABLE_DATA: join(dir, 'data') },
  })
}

export function ended(child: ChildProcess): Promise<Outcome> {
  let [out, err] = ['', '']
  child.stdout?.on('data', (text) => {
    out += text
  })
  child.stderr?.on('data', (text) => {
    err += text
  })
  return new Promise((resolve) => child.on('close', (exitCode) => resolve({ exitCode, out, err })))
}

/** Resolves when the process has written this text to stdout. */
export function said(child: ChildProcess, text: string): Promise<void> {
  let out = ''
  return new Promise((resolve) =>
    child.stdout?.on('data', (more) => {
      out += more
      if (out.includes(text)) resolve()
    }),
  )
}
