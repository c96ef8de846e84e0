/** @file Pages that work when they are opened as files: no module may be loaded there, so it is put into the page. */
import { received, SeparableError } from '../base/errors.ts'
import type { JsModule } from './parts.ts'

/** The best five classes of a picture that is dropped or chosen. With a model.js beside it, a server can serve it as it is. */
const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>What is it?</title>
<style>body { font: 16px/1.6 system-ui, sans-serif; max-width: 24em; margin: 3em auto } canvas { width: 100% }</style>
<p>Drop a picture here, or choose one: <input type="file" accept="image/*"></p>
<canvas></canvas>
<ol></ol>
<script type="module">
import { info, predict } from './model.js'

const [canvas, list] = document.querySelectorAll('canvas, ol')
const [height, width] = info.inputs[0].shape
async function show(file) {
  Object.assign(canvas, { height, width })
  const context = canvas.getContext('2d')
  context.fillStyle = '#fff'
  context.fillRect(0, 0, width, height)
  context.drawImage(await createImageBitmap(file), 0, 0, width, height)
  const scores = predict(context.getImageData(0, 0, width, height))
  const best = [...scores.keys()].sort((a, b) => scores[b] - scores[a]).slice(0, 5)
  const items = best.map((k) => Object.assign(document.createElement('li'), { textContent: \`\${info.classes?.[k] ?? \`class \${k}\`}: \${scores[k].toFixed(3)}\` }))
  list.replaceChildren(...items)
}
document.querySelector('input').onchange = (event) => show(event.target.files[0])
document.ondragover = (event) => event.preventDefault()
document.ondrop = (event) => { event.preventDefault(); show(event.dataTransfer.files[0]) }
</script>
`

/** The line of a page that loads an exported module, whatever its file is called. */
const IMPORT = /^[ \t]*import \{ *(?:info|predict) *(?:, *(?:info|predict) *)?\} from (['"])[^'"\n]+\1;?[ \t]*$/m

/**
 * A page with the module in place of its line `import { info, predict } from './FILE.js'`, so that it works from a file.
 * @param module what `exportJs` made
 * @param page the page's text. Default: one that shows the best five classes of a picture that is dropped on it, for models
 *   of one picture and one list of scores
 * @throws SeparableError (`argument`) when the page has no such line, or the model is not one for the default page
 */
export function htmlPage(module: JsModule, page?: string): string {
  if (typeof module?.text !== 'string' || !module.info)
    throw new SeparableError('argument', `htmlPage: the module must be what exportJs returns, ${received(module)}`)
  const { text, info } = module
  const [input, second] = info.inputs
  const isPicture = input.shape.length === 3 && [1, 3, 4].includes(input.shape[2])
  if (page === undefined && (second || !isPicture || info.outputs.length !== 1 || info.outputs[0].shape.length !== 1))
    throw new SeparableError(
      'argument',
      `htmlPage: ${info.name} does not turn one picture into scores: it needs a page of its own, ${received(info.inputs.map(({ shape }) => shape))}`,
    )
  const html = page ?? PAGE
  if (!IMPORT.test(html))
    throw new SeparableError(
      'argument',
      `htmlPage: the page needs a line import { info, predict } from './model.js', ${received(html)}`,
    )
  return html.replace(IMPORT, () => text)
}
