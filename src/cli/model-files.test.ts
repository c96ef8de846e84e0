/** @file The commands about model files, inside this process. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { writeHdf5 } from '../formats/hdf5/write.ts'
import { writeKerasArchive } from '../formats/keras/archive.ts'
import { writeNpy } from '../formats/npy.ts'
import { readOnnx } from '../formats/onnx/read.ts'
import { input, layers, sequential } from '../node.ts'
import { exportOnnx } from '../onnx/index.ts'
import { withoutWeights } from '../onnx/testing.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { runCli } from './program.ts'
import { FakeTerminal } from './testing.ts'

const KERAS = fileURLToPath(new URL('../../test/golden/keras-3.15.1.keras', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'separable-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function run(...args: string[]) {
  const terminal = new FakeTerminal()
  const exitCode = await runCli(args, terminal)
  return { exitCode, out: terminal.out.join(''), err: terminal.err.join('') }
}

describe('inspect', () => {
  it('shows a model file without building the model', async () => {
    const json = join(folder, 'inside.json')
    const { exitCode, out } = await run('inspect', KERAS, '--json', json)
    expect(exitCode).toBe(0)
    expect(out).toContain(': Keras 3 model, 52.01 KB\n  written by Keras 3.15.1 on 2026-11-23@15:47:25\n')
    expect(out).toContain('  Sequential "sequential_3" of 9 layers: InputLayer, 2 SeparableConv2D, ')
    expect(out).toContain('  compiled with Adam, sparse_categorical_crossentropy, accuracy\n')
    expect(out).toMatch(/│ layers\/conv2d\/vars\/0 +│ \(1, 1, 8, 6\) │ f32 {2}│/)
    expect(out).toMatch(/optimizer\/vars\/2 .*optimizer\/vars\/10 /s)
    expect(out).toMatch(/46 arrays, 1,012 elements\n$/)
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ kind: 'Keras 3 model', bytes: 53259 })
  })

  it('takes the model in the folder of a run, as all commands do', async () => {
    const runFolder = mkdtempSync(join(folder, 'run-'))
    const err = expect.stringContaining(
      'is a folder: give the file of a model in it, received: a folder without model.keras',
    )
    expect(await run('summary', runFolder)).toMatchObject({ exitCode: 1, err })
    copyFileSync(KERAS, join(runFolder, 'model.keras'))
    for (const command of ['inspect', 'summary']) {
      const { exitCode, out } = await run(command, runFolder)
      expect([exitCode, out]).toEqual([0, expect.stringContaining('separable_conv2d')])
    }
  })

  it.each(['h5', 'weights.h5', 'safetensors', 'npz'])('knows what convert makes: .%s', async (ending) => {
    const path = join(folder, `net.${ending}`)
    expect(await run('convert', KERAS, path)).toMatchObject({ exitCode: 0, err: '' })
    const { exitCode, out } = await run('inspect', path)
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/kernel|layers\/conv2d/)])
  })

  it('says that layers are missing where a model is a Python class', async () => {
    const path = join(folder, 'own.keras')
    const config = {
      class_name: 'VAE',
      config: { name: 'vae' },
      compile_config: { optimizer: 'adam', loss: { a: 'mse', b: 'mae' }, metrics: null },
    }
    const weights = writeHdf5({ children: new Map([['w', new NdArray(new Float32Array(2), [2])]]) })
    writeFileSync(path, writeKerasArchive(JSON.stringify(config), { keras_version: '2.15.0' }, weights))
    const { out } = await run('inspect', path)
    expect(out).toContain(': Keras 2 model, ')
    expect(out).toContain('  VAE "vae", a Python class, whose layers no file holds\n  compiled with adam, mse, mae\n')
  })

  it('obeys nothing that stands in a file', async () => {
    const path = join(folder, 'evil.keras')
    writeFileSync(
      path,
      Buffer.from(readFileSync(KERAS).toString('latin1').replaceAll('config.json', 'conf\u001b[2J\n.n'), 'latin1'),
    )
    const { exitCode, out, err } = await run('inspect', path)
    expect([exitCode, out]).toEqual([1, ''])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not be there
    expect(err).toMatch(/^[^\u0000-\u001f]+, received: [^\u0000-\u001f]+\n$/)
  })

  it('shows one array', async () => {
    const path = join(folder, 'x.npy')
    writeFileSync(path, writeNpy(new NdArray(new Uint8Array(6), [2, 3])))
    expect((await run('inspect', path)).out).toMatch(/NumPy array.*\(2, 3\) │ u8 /s)
  })
})

describe('summary, convert, evaluate', () => {
  it('summary prints the layers of a file', async () => {
    const { exitCode, out } = await run('summary', KERAS, '--cost')
    expect(exitCode).toBe(0)
    expect(out).toContain('│ depthwise_conv2d_1 (DepthwiseConv2D) │ (None, 4, 4, 8)             │              80 │')
    expect(out).toContain(' Params without optimizer: 342\n')
  })

  it('convert writes what summary reads, and ONNX', async () => {
    const [keras, onnx] = [join(folder, 'copy.keras'), join(folder, 'copy.onnx')]
    expect((await run('convert', KERAS, keras)).out).toMatch(/copy\.keras: \d\d\.\d\d KB\n$/)
    expect((await run('summary', keras)).out).toBe((await run('summary', KERAS)).out)
    expect((await run('convert', keras, onnx)).exitCode).toBe(0)
    expect(readOnnx(readFileSync(onnx)).nodes.length).toBeGreaterThan(5)
  })

  it.each(['keras', 'h5', 'safetensors'])(
    'export makes .%s by the ending, batch normalisations folded when asked',
    async (ending) => {
      const [whole, folded] = [join(folder, `whole.${ending}`), join(folder, `folded.${ending}`)]
      const source = join(folder, 'normalised.keras')
      const convolution = layers.conv2d({ filters: 3, kernelSize: 3 })
      await sequential([input({ shape: [8, 8, 3] }), convolution, layers.batchNormalization()]).save(source)
      const { exitCode, out } = await run('export', source, '--out', whole)
      expect([exitCode, out]).toEqual([0, expect.stringMatching(/^.*whole\.\w+: [\d.]+ K?B\n$/)])
      expect((await run('export', source, '--to', ending, '--fold-batch-norm', '--out', folded)).exitCode).toBe(0)
      expect((await run('inspect', whole)).out).toContain('batch_normalization')
      expect((await run('inspect', folded)).out).not.toContain('batch_normalization')
    },
  )

  it('ONNX goes out and comes back', async () => {
    const [onnx, keras] = [join(folder, 'out.onnx'), join(folder, 'back.keras')]
    const { exitCode, out } = await run('export', KERAS, '--fold-batch-norm', '--out', onnx)
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/out\.onnx: \d+\.\d\d KB\n$/)])
    const { out: inside } = await run('inspect', onnx)
    expect(inside).toContain('  takes input_layer_3 (batch, 8, 8, 3)\n')
    expect(inside).toMatch(/opset 17, graph "sequential_3" of \d+ nodes: .*6 Conv/)
    expect((await run('convert', onnx, keras)).exitCode).toBe(0)
    const rows = (text: string) => text.split('\n').slice(1)
    expect(rows((await run('summary', keras)).out)).toEqual(rows((await run('summary', onnx)).out))
  })

  it('an ONNX file whose weights lie beside it is one model', async () => {
    const [whole, split] = [join(folder, 'whole.onnx'), join(folder, 'split.onnx')]
    expect((await run('export', KERAS, '--out', whole)).exitCode).toBe(0)
    const { file, data } = withoutWeights(readFileSync(whole), 'split.onnx.data')
    writeFileSync(split, file)
    expect((await run('summary', split)).err).toMatch(/^separable: cannot read .*split.onnx.data: no such file/)
    writeFileSync(`${split}.data`, data)
    const rows = (text: string) => text.split('\n').slice(1)
    for (const command of ['summary', 'inspect'])
      expect(rows((await run(command, split)).out)).toEqual(rows((await run(command, whole)).out))
    writeFileSync(split, withoutWeights(readFileSync(whole), '../split.onnx.data').file)
    expect((await run('inspect', split)).err).toMatch(/lies in another file: .*"..\/split.onnx.data"\n$/)
  })

  it.each([
    [
      'export a.keras --out b.onnx --to tflite',
      /unknown format \(known: keras, h5, safetensors, onnx, js, html\), received: "tflite"/,
    ],
    ['export a.keras --out b.bin', /say --to, or end --out in one of .keras, .*, .html, received: "b.bin"/],
    ['export a.keras --out b.h5 --to keras', /export --to keras: the file must end in .keras, received: "b.h5"/],
    ['export a.keras --out b.h5 --classes a,b', /export --to h5 has no such option, received: "classes"/],
    ['export a.keras --out b.onnx --divide-by 255', /export --to onnx has no such option, received: "divideBy"/],
    [
      'convert a.keras b.txt',
      /convert: the path must end with one of .weights.h5, .keras, .*, .onnx, received: "b.txt"/,
    ],
    ['convert a.keras a.keras', /a\.keras is what is read: name another file to write/],
    ['summary nothing.keras', /cannot read nothing.keras: no such file/],
    [`evaluate ${KERAS} --data shapes --limit 20`, /evaluate: input_layer_3 takes \[null, 8, 8, 3\]/],
  ])('%s: bad input is one line and exit code 1', async (line, err) => {
    expect(await run(...line.split(' '))).toEqual({ exitCode: 1, out: '', err: expect.stringMatching(err) })
  })
})

describe.skipIf(process.platform === 'win32')('weights beside an ONNX file', () => {
  const net = sequential([input({ shape: [2] }), layers.dense({ units: 1 })])
  const { file, data } = withoutWeights(exportOnnx(net), 'net.onnx.data')
  const place = (name: string) => {
    const path = join(folder, name)
    mkdirSync(path)
    writeFileSync(join(path, 'net.onnx'), file)
    return path
  }

  it('are not followed out of the folder', async () => {
    const [inside, outside] = [place('inside'), place('outside')]
    writeFileSync(join(outside, 'secret'), data)
    symlinkSync(join(outside, 'secret'), join(inside, 'net.onnx.data'))
    const err = expect.stringContaining(
      `must lie in the folder of ${join(inside, 'net.onnx')}, received: "a link out of it"`,
    )
    for (const command of ['summary', 'inspect'])
      expect(await run(command, join(inside, 'net.onnx'))).toMatchObject({ exitCode: 1, err })
  })

  it('are not read from a device or a pipe', async () => {
    const [device, pipe] = [place('device'), place('pipe')]
    symlinkSync('/dev/zero', join(device, 'net.onnx.data'))
    spawnSync('mkfifo', [join(pipe, 'net.onnx.data')])
    for (const path of [device, pipe]) {
      const { exitCode, err } = await run('summary', join(path, 'net.onnx'))
      expect([exitCode, err]).toEqual([
        1,
        expect.stringMatching(/a link out of it|it must be a regular file, received: "a pipe"/),
      ])
    }
  })

  it('are found by a link beside them, and where caches keep both behind links', async () => {
    const [blobs, snapshot] = [place('blobs'), join(folder, 'snapshot')]
    writeFileSync(join(blobs, '1234'), data)
    symlinkSync(join(blobs, '1234'), join(blobs, 'net.onnx.data'))
    expect(await run('summary', join(blobs, 'net.onnx'))).toMatchObject({ exitCode: 0 })
    mkdirSync(snapshot)
    symlinkSync(join(blobs, 'net.onnx'), join(snapshot, 'net.onnx'))
    symlinkSync(join(blobs, '1234'), join(snapshot, 'net.onnx.data'))
    expect(await run('summary', join(snapshot, 'net.onnx'))).toMatchObject({ exitCode: 0 })
  })
})

describe.skipIf(process.platform === 'win32')('what is not a regular file ends in one line', () => {
  const pipe = join(folder, 'pipe.keras')
  spawnSync('mkfifo', [pipe])
  it.each([
    ['summary', '/dev/zero'],
    ['inspect', '/dev/zero'],
    ['summary', pipe],
    ['evaluate', pipe],
    ['convert', '/dev/zero', 'net.keras'],
    ['predict', KERAS, pipe],
    ['predict', KERAS, '/dev/zero'],
    ['export', KERAS, '--to', 'html', '--page', '/dev/zero', '--out', join(folder, 'net.html')],
  ])('%s %s', async (...args) => {
    const { exitCode, err } = await run(...args)
    expect([exitCode, err]).toEqual([
      1,
      expect.stringMatching(/it must be a regular file, received: "a (pipe|device)"\n/),
    ])
  })
})
