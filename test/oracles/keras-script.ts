/** @file Scripts of a test's own in the Python that has Keras; for single calls of many kinds there is `keras.ts`. */
import { spawnSync } from 'node:child_process'
import { kerasPython } from './keras.ts'

const PYTHON = kerasPython()

/** Whether there is Keras 3; where there is none, `kerasPython` has said what is skipped. */
export const hasKeras = PYTHON !== undefined

/**
 * Runs a script in which `given` holds the second argument, and returns what it assigns to `result`.
 * @throws Error with what Python said when the script fails
 */
export function runKeras<Result>(script: string, given: unknown = null): Result {
  const frame = ['import json, sys, keras, numpy as np', 'given = json.load(sys.stdin)', script]
  const end = 'print("\\nRESULT " + json.dumps(result))'
  const { status, stdout, stderr } = spawnSync(PYTHON as string, ['-c', [...frame, end].join('\n')], {
    input: JSON.stringify(given),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\nRESULT ') + 8))
}
