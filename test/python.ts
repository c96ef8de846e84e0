/** @file A Python for tests that ask other programs: the variable PYTHON, or that of the system. */
import { spawnSync } from 'node:child_process'

export const PYTHON = process.env.PYTHON ?? '/usr/bin/python3'

/** Whether this Python can import these modules; says what is skipped when it cannot. */
export function pythonHas(...modules: string[]): boolean {
  const has = spawnSync(PYTHON, ['-c', modules.map((name) => `import ${name}`).join('\n')]).status === 0
  if (!has) console.warn(`skipped: ${PYTHON} has no ${modules.join(', ')} (set PYTHON to one that has)`)
  return has
}
