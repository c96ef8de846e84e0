/** @file Real Keras for tests: the Python that SEPARABLE_KERAS_PYTHON names; it may have any of Keras's backends. */
import { spawnSync } from 'node:child_process'

const PYTHON = process.env.SEPARABLE_KERAS_PYTHON

/** Whether there is Keras 3; says what is skipped where there is none. */
export const hasKeras = PYTHON !== undefined && spawnSync(PYTHON, ['-c', 'import keras.applications']).status === 0
if (!hasKeras) console.warn('SKIPPED: real Keras (set SEPARABLE_KERAS_PYTHON to a Python that has Keras 3)')

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
