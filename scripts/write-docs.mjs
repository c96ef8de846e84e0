/** @file `npm run docs`: writes the pages of docs/ that come from the declarations, from the compiled library. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { activations } from '../dist/nn/activations.js'
import { constraints } from '../dist/nn/constraints.js'
import { initializers } from '../dist/nn/initializers.js'
import { LAYER_CLASSES } from '../dist/nn/layers/index.js'
import { losses } from '../dist/nn/losses/index.js'
import { metrics } from '../dist/nn/metrics/index.js'
import { optimizers, schedules } from '../dist/nn/optimizers/index.js'
import { regularizers } from '../dist/nn/regularizers.js'
import { callbacks } from '../dist/train/callbacks/index.js'
import { compileSchema } from '../dist/train/compile.js'
import { evaluateSchema, fitSchema, predictSchema } from '../dist/train/options.js'
import { renderLayerPage } from './lib/layer-page.mjs'
import { renderTrainingPage } from './lib/training-page.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const methods = { compile: compileSchema, fit: fitSchema, evaluate: evaluateSchema, predict: predictSchema }
const layerDeclarations = { layerClasses: LAYER_CLASSES, activations, initializers, regularizers, constraints }
const trainingDeclarations = { losses, metrics, optimizers, schedules, callbacks, methods }
const pages = {
  'layers.md': renderLayerPage(root, /** @type {never} */ (layerDeclarations)),
  'compile-and-fit.md': renderTrainingPage(root, /** @type {never} */ (trainingDeclarations)),
}
for (const [name, text] of Object.entries(pages)) writeFileSync(join(root, 'docs', name), text)
