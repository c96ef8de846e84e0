/** @file docs/layers.md says what the declarations say. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { activations } from '../src/nn/activations.ts'
import { constraints } from '../src/nn/constraints.ts'
import { initializers } from '../src/nn/initializers.ts'
import { LAYER_CLASSES } from '../src/nn/layers/index.ts'
import { regularizers } from '../src/nn/regularizers.ts'
import { renderLayerPage } from './lib/layer-page.mjs'

it('docs/layers.md is up to date: run `npm run docs` after a change of a layer', () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const declarations = { layerClasses: LAYER_CLASSES, activations, initializers, regularizers, constraints }
  const page = renderLayerPage(root, /** @type {never} */ (declarations))
  expect(readFileSync(join(root, 'docs/layers.md'), 'utf8')).toBe(page)
})
