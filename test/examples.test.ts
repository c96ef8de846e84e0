/** @file The examples run as they are, and the documentation shows what they print. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const run = (file: string) => execFileSync(process.execPath, [file], { encoding: 'utf8' })

it('examples/own-layer.mjs has the 286 weights that it speaks of', () => {
  expect(run('examples/own-layer.mjs')).toMatch(/depthwise_separable_conv2d .*│ +286 │/)
})

it('docs/recipes.md shows what examples/convolutions.mjs prints', () => {
  expect(readFileSync('docs/recipes.md', 'utf8')).toContain(run('examples/convolutions.mjs'))
})

it('the code in docs/recipes.md builds networks', () => {
  const blocks = [...readFileSync('docs/recipes.md', 'utf8').matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code)
  expect(blocks.length).toBeGreaterThan(5)
  const programs = blocks.map((block) => {
    const code = block.replace(/^import .*\n/m, '')
    return `{ const inputs = input({ shape: [16, 16, 64] }); let x = inputs; ${code}; model({ inputs, outputs: x }); built++ }`
  })
  const imports = "import { constraints, input, layers, model, regularizers } from 'separable'"
  const program = [imports, 'let built = 0', ...programs, 'console.log(built)'].join('\n')
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  expect(Number(printed)).toBe(blocks.length)
})
