/**
 * @file What lies where a file of ours should: files of others, and what a failed download or a checkout left. Each is told by
 * its first bytes, and named with the way out. One table, for every command and function that reads a file.
 */
import { SeparableError } from '../base/errors.ts'
import { isSafetensors } from './safetensors.ts'
import { zipNames } from './zip.ts'

export interface Foreign {
  /** `a TensorFlow Lite model` */
  readonly name: string
  /** The way out, as an order: `convert the model that it was made from`. */
  readonly advice: string
  /** It stands for another file, which did not come. */
  readonly isStandIn?: boolean
  /** A picture is foreign to those who read models, and welcome to others. */
  readonly isPicture?: boolean
}

interface Head {
  readonly bytes: Uint8Array
  /** The first bytes as text. */
  readonly text: string
  /** The name of the file. */
  readonly what: string
}

/** Enough to tell them by. */
const HEAD_BYTES = 4096

const begins =
  (...signature: readonly number[]) =>
  ({ bytes }: Head) =>
    signature.every((byte, i) => bytes[i] === byte)
const holds =
  (letters: string, at = 0) =>
  ({ bytes }: Head) =>
    Array.from(letters).every((letter, i) => bytes[at + i] === letter.charCodeAt(0))
const reads =
  (pattern: RegExp) =>
  ({ text }: Head) =>
    pattern.test(text)
const isCalled =
  (pattern: RegExp) =>
  ({ what }: Head) =>
    pattern.test(what)

const EMPTY: Foreign = { name: 'empty', advice: 'get or save it again', isStandIn: true }
const PYTORCH: Foreign = {
  name: 'a PyTorch file',
  advice: "export the model there with torch.onnx.export(model, example, 'net.onnx'), which is read here",
}
const TFJS: Foreign = {
  name: 'a TensorFlow.js model',
  advice:
    'in Python run tensorflowjs_converter --input_format=tfjs_layers_model --output_format=keras model.json net.h5, which is read here',
}
const SAVED_MODEL: Foreign = {
  name: 'a SavedModel of TensorFlow',
  advice: 'in Python run python -m tf2onnx.convert --saved-model FOLDER --output net.onnx, which is read here',
}
const FROZEN: Foreign = {
  name: 'a frozen graph of TensorFlow',
  advice: 'in Python run python -m tf2onnx.convert --graphdef FILE --output net.onnx, which is read here',
}
const CHECKPOINT: Foreign = {
  name: 'a checkpoint of TensorFlow',
  advice: "load it into its model in Python and use model.save('net.keras')",
}
const CORE_ML: Foreign = {
  name: 'a Core ML model',
  advice: 'export the model that it was made from, as .keras or .onnx',
}
const UNPACK = 'unpack it and take what is inside'
const NO_MODEL = 'no model is in it'

const picture = (name: string): Foreign => ({
  name: `${/^[AS]/.test(name) ? 'an' : 'a'} ${name} picture`,
  advice: NO_MODEL,
  isPicture: true,
})

/** The first that fits counts. */
const KINDS: readonly (readonly [fits: (head: Head) => boolean, kind: Foreign])[] = [
  [({ bytes }) => bytes.length === 0, EMPTY],
  [
    // github.com/git-lfs/git-lfs/blob/main/docs/spec.md
    reads(/^version https:\/\/git-lfs\.github\.com\/spec\//),
    { name: 'a Git LFS pointer and not the file itself', advice: 'fetch that with git lfs pull', isStandIn: true },
  ],
  [
    reads(/^\s*<(!doctype html|html|head|body)\b/i),
    { name: 'an HTML page, perhaps one about the file', advice: 'download the file itself', isStandIn: true },
  ],
  [reads(/^\s*(<\?xml[^>]*>\s*)?<svg\b/), picture('SVG')],
  [
    reads(/^\s*<(\?xml|Error)\b/),
    { name: 'an XML file, perhaps a message about the file', advice: 'download the file itself' },
  ],
  [
    holds('TFL3', 4),
    {
      name: 'a TensorFlow Lite model',
      advice: 'in Python run python -m tf2onnx.convert --tflite FILE --output net.onnx, which is read here',
    },
  ],
  [holds('GGUF'), { name: 'a GGUF file', advice: 'language models are not for this library' }],
  [reads(/^(lmgg|tjgg|fmgg|algg)/), { name: 'a GGML file', advice: 'language models are not for this library' }],
  // The number with which torch.save began until 2020, as a pickle.
  [begins(0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46), PYTORCH],
  [
    ({ bytes }) => bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5,
    {
      name: 'a Python pickle, which is a program and is not run here',
      advice: 'save the arrays with numpy.savez or safetensors, or the model with model.save',
    },
  ],
  [({ bytes, text }) => isVersioned(bytes) && GRAPH.test(text), SAVED_MODEL],
  [({ bytes }) => isVersioned(bytes), CORE_ML],
  [({ bytes, text }) => bytes[0] === 0x0a && bytes[2] === 0x0a && GRAPH.test(text), FROZEN],
  [reads(/^\s*\{[\s\S]*"(modelTopology|weightsManifest)"/), TFJS],
  [isCalled(/\bgroup\d+-shard\d+of\d+(\.bin)?$/), { ...TFJS, name: "a part of a TensorFlow.js model's weights" }],
  [reads(/^model_checkpoint_path:/), CHECKPOINT],
  [isCalled(/\.(data-\d{5}-of-\d{5}|ckpt\.index|ckpt\.meta)$/), CHECKPOINT],
  [({ bytes }) => LEVEL_DB.every((byte, i) => bytes[bytes.length - LEVEL_DB.length + i] === byte), CHECKPOINT],
  [
    reads(/^7767517\s/),
    { name: 'an ncnn model', advice: 'export the model that it was made from, as .keras or .onnx' },
  ],
  [isDarknet, { name: 'Darknet weights', advice: 'convert the network to .onnx where it was trained' }],
  [reads(/^MATLAB \d/), { name: 'a MATLAB file', advice: 'save the arrays as .npz or .safetensors' }],
  [begins(0x1f, 0x8b), { name: 'a gzip archive', advice: UNPACK }],
  [holds('ustar', 257), { name: 'a tar archive', advice: UNPACK }],
  [holds('BZh'), { name: 'a bzip2 archive', advice: UNPACK }],
  [begins(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00), { name: 'an xz archive', advice: UNPACK }],
  [begins(0x28, 0xb5, 0x2f, 0xfd), { name: 'a Zstandard archive', advice: UNPACK }],
  [begins(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c), { name: 'a 7z archive', advice: UNPACK }],
  [holds('Rar!'), { name: 'a RAR archive', advice: UNPACK }],
  [begins(0x89, 0x50, 0x4e, 0x47), picture('PNG')],
  [begins(0xff, 0xd8, 0xff), picture('JPEG')],
  [reads(/^GIF8[79]a/), picture('GIF')],
  [
    ({ bytes, text }) => text.startsWith('BM') && bytes[6] === 0 && bytes[7] === 0 && bytes[8] === 0 && bytes[9] === 0,
    picture('BMP'),
  ],
  [reads(/^RIFF[\s\S]{4}WEBP/), picture('WebP')],
  [reads(/^(II\*\0|MM\0\*)/), picture('TIFF')],
  [reads(/^[\s\S]{4}ftyp(avif|avis|heic|heix|mif1|msf1)/), picture('AVIF or HEIC')],
  [holds('%PDF'), { name: 'a PDF document', advice: NO_MODEL }],
  [holds('PAR1'), { name: 'a Parquet table', advice: 'save the arrays as .npz or .safetensors' }],
]

/** Operators that nearly every graph of TensorFlow holds, and lists or uses first. */
const GRAPH = /Placeholder|VarHandleOp|AssignVariableOp|VariableV2|NoOp/

/** The end of each table of LevelDB, which the index of a checkpoint is. */
const LEVEL_DB = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]

/** Begins with a version and a second field, as ONNX does, whose second field is the name of its producer. */
function isVersioned(bytes: Uint8Array): boolean {
  return bytes[0] === 0x08 && bytes[1] >= 1 && bytes[1] < 32 && bytes[2] === 0x12 && !hasProducer(bytes)
}

function hasProducer(bytes: Uint8Array): boolean {
  const length = bytes[3]
  return length < 0x80 && bytes.subarray(4, 4 + length).every((byte) => byte >= 0x20 && byte < 0x7f)
}

/** Whether these are the first bytes of an ONNX file: its version, and a field that only it has there. */
export function isOnnxFile(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x08 || bytes[1] < 1 || bytes[1] > 31) return false
  return bytes[2] === 0x12 ? hasProducer(bytes) : [0x1a, 0x22, 0x2a, 0x3a, 0x42].includes(bytes[2])
}

/** Version 0.1 or 0.2 in three whole numbers, then how many pictures were seen. */
function isDarknet({ bytes, what }: Head): boolean {
  const [major, minor] = [bytes[0], bytes[4]]
  return /\.weights$/.test(what) && major === 0 && (minor === 1 || minor === 2) && bytes.length > 16
}

// ------------------------------------------------------------------------------ archives and folders

/** What is in a zip archive, or a folder, that tells its kind. */
const CONTENTS: readonly (readonly [entry: RegExp, kind: Foreign])[] = [
  [/(^|\/)(data\.pkl|constants\.pkl)$/, PYTORCH],
  [/(^|\/)saved_model\.pb(txt)?$/, SAVED_MODEL],
  [/(^|\/)model\.json$/, TFJS],
  [/\.mlmodel$|(^|\/)com\.apple\.CoreML\//, CORE_ML],
  [/(^|\/)pytorch_model.*\.bin$|\.(pt|pth)$/, PYTORCH],
  [/(^|\/)checkpoint$|\.ckpt\.index$/, CHECKPOINT],
]

/** Files that are read here, and where they lie in something else. */
const READ_HERE = /\.(keras|h5|hdf5|onnx|safetensors|npz)$/i

function kindOfNames(names: readonly string[], container: string): Foreign | undefined {
  const found = CONTENTS.find(([entry]) => names.some((name) => entry.test(name)))?.[1]
  if (found) return found
  const inside = names.find((name) => READ_HERE.test(name))
  return inside ? { name: `${container} that holds ${inside}`, advice: 'take that file itself' } : undefined
}

/** What a folder holds, when somebody gives it for a file. @param names of what lies in it */
export function foreignFolder(names: readonly string[]): Foreign {
  const parts = ['config.json', 'metadata.json', 'model.weights.h5']
  if (parts.every((name) => names.includes(name)))
    return {
      name: 'an unpacked .keras file',
      advice: `pack ${parts.join(', ')} into a zip archive that ends in .keras`,
    }
  return kindOfNames(names, 'a folder') ?? { name: 'a folder', advice: 'give the file of a model in it' }
}

/** A zip archive may be a file of ours; what its entries tell is looked at first. */
function foreignZip(bytes: Uint8Array, what: string): Foreign | undefined {
  const names = zipNames(bytes, what)
  const isOurs = names.includes('config.json') || (names.length > 0 && names.every((name) => name.endsWith('.npy')))
  if (isOurs) return undefined
  return kindOfNames(names, 'a zip archive') ?? { name: 'a zip archive', advice: names.length > 0 ? UNPACK : NO_MODEL }
}

// ------------------------------------------------------------------------------ answers

/**
 * What a file is, when it is none that is read here as a model, weights or arrays; undefined when it may be one.
 * @param what the name of the file
 * @throws SeparableError (`data`) for a damaged zip archive
 */
export function foreignKind(bytes: Uint8Array, what: string): Foreign | undefined {
  // Its first bytes are a length, and may be anyone's signature.
  if (isSafetensors(bytes)) return undefined
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return foreignZip(bytes, what)
  return kindOfHead(bytes, what)
}

function kindOfHead(bytes: Uint8Array, what: string): Foreign | undefined {
  const head: Head = { bytes, what, text: new TextDecoder('latin1').decode(bytes.subarray(0, HEAD_BYTES)) }
  return KINDS.find(([fits]) => fits(head))?.[1]
}

/** @throws SeparableError (`data`) when this only stands for a file that did not come: numbers may look like anything else */
export function rejectStandIn(bytes: Uint8Array, what: string): void {
  const kind = kindOfHead(bytes, what)
  if (kind?.isStandIn) throw foreignError(kind, what, `${bytes.length} bytes`)
}

/** Why such a file cannot be read. */
export function foreignError({ name, advice }: Foreign, what: string, received: string): SeparableError {
  return new SeparableError('data', `${what} is ${name}: ${advice}, received: ${received}`)
}

/** @throws SeparableError (`data`) naming what this is and the way out, when it is not a file that is read here */
export function rejectForeign(bytes: Uint8Array, what: string): void {
  const kind = foreignKind(bytes, what)
  if (kind) throw foreignError(kind, what, `${bytes.length} bytes`)
}
