/** @file `npm run docs`: writes docs/layers.md from the compiled library. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { activations } from '../dist/nn/activations.js'
import { constraints } from '../dist/nn/constraints.js'
import { initializers } from '../dist/nn/initializers.js'
import { LAYER_CLASSES } from '../dist/nn/layers/index.js'
import { regularizers } from '../dist/nn/regularizers.js'
import { renderLayerPage } from './lib/layer-page.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const declarations = { layerClasses: LAYER_CLASSES, activations, initializers, regularizers, constraints }
writeFileSync(join(root, 'docs/layers.md'), renderLayerPage(root, /** @type {never} */ (declarations)))
