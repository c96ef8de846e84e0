/** @file The pages that are written from the declarations say what they say. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { activations } from '../src/nn/activations.ts'
import { constraints } from '../src/nn/constraints.ts'
import { initializers } from '../src/nn/initializers.ts'
import { LAYER_CLASSES } from '../src/nn/layers/index.ts'
import { losses } from '../src/nn/losses/index.ts'
import { metrics } from '../src/nn/metrics/index.ts'
import { optimizers, schedules } from '../src/nn/optimizers/index.ts'
import { regularizers } from '../src/nn/regularizers.ts'
import { callbacks } from '../src/train/callbacks/index.ts'
import { compileSchema } from '../src/train/compile.ts'
import { evaluateSchema, fitSchema, predictSchema } from '../src/train/options.ts'
import { renderLayerPage } from './lib/layer-page.mjs'
import { renderTrainingPage } from './lib/training-page.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = (/** @type {string} */ name) => readFileSync(join(root, 'docs', name), 'utf8')

it('docs/layers.md is up to date: run `npm run docs` after a change of a layer', () => {
  const declarations = { layerClasses: LAYER_CLASSES, activations, initializers, regularizers, constraints }
  expect(page('layers.md')).toBe(renderLayerPage(root, /** @type {never} */ (declarations)))
})

it('docs/compile-and-fit.md is up to date: run `npm run docs` after a change of an argument', () => {
  const methods = { compile: compileSchema, fit: fitSchema, evaluate: evaluateSchema, predict: predictSchema }
  const declarations = { losses, metrics, optimizers, schedules, callbacks, methods }
  expect(page('compile-and-fit.md')).toBe(renderTrainingPage(root, /** @type {never} */ (declarations)))
})
