/** @file Files of others, pointers and pages in the place of files. */
import { describe, expect, it } from 'vitest'
import { input, layers, loadModel, sequential } from '../node.ts'
import { importOnnx } from '../onnx/index.ts'
import { foreignFolder, foreignKind, rejectForeign } from './foreign.ts'
import { readOnnx } from './onnx/read.ts'
import { writeZip } from './zip.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const POINTER = bytes(`version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 1234\n`)

it.each([
  [
    'a pointer of Git LFS',
    POINTER,
    'net.keras is a Git LFS pointer and not the file itself: fetch that with git lfs pull',
  ],
  ['a page', bytes('\n\n<!DOCTYPE html>\n<html>'), 'net.keras is an HTML page, perhaps one about the file'],
  ['a page without a type', bytes('<HTML lang="en">'), 'net.keras is an HTML page'],
])('%s is named', (_, content, message) => {
  expect(() => rejectForeign(content, 'net.keras')).toThrow(message)
})

it.each(['version 1', '<svgs>', '\u0089HDF\r\n', '{"class_name": "Sequential"}'])('%j is left to others', (text) => {
  expect(() => rejectForeign(bytes(text), 'net.keras')).not.toThrow()
})

const raw = (...parts: (string | number)[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'number' ? [part] : Array.from(part, (c) => c.charCodeAt(0)))),
  )
const zipOf = (...names: string[]) => writeZip(new Map(names.map((name) => [name, bytes('content')])))

describe('a file of others is named, with the way out', () => {
  it.each<[string, Uint8Array, string]>([
    [
      'net.pth',
      zipOf('archive/data.pkl', 'archive/version', 'archive/data/0'),
      'a PyTorch file: export the model there',
    ],
    ['old.pt', raw(0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20), 'a PyTorch file'],
    ['net.pkl', raw(0x80, 4, 0x95, 'abc'), 'a Python pickle, which is a program and is not run here'],
    [
      'net.tflite',
      raw(0x1c, 0, 0, 0, 'TFL3'),
      'a TensorFlow Lite model: in Python run python -m tf2onnx.convert --tflite',
    ],
    ['model.json', bytes('{"format": "layers-model", "modelTopology": {}}'), 'a TensorFlow.js model: in Python run'],
    ['group1-shard1of2.bin', raw(1, 2, 3, 4), "a part of a TensorFlow.js model's weights"],
    ['saved_model.pb', raw(8, 1, 0x12, 0x82, 0x80, 1, 0x0a, '\n\nAddV2 VarHandleOp'), 'a SavedModel of TensorFlow'],
    ['frozen.pb', raw(0x0a, 0x20, 0x0a, 5, 'input', 0x12, 0x0b, 'Placeholder'), 'a frozen graph of TensorFlow'],
    ['net.mlmodel', raw(8, 4, 0x12, 0x84, 1, 0x0a, 0x20, 'image'), 'a Core ML model'],
    ['checkpoint', bytes('model_checkpoint_path: "ckpt-1"\n'), 'a checkpoint of TensorFlow'],
    ['ckpt-1.index', raw('abc', 0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb), 'a checkpoint of TensorFlow'],
    ['ckpt-1.data-00000-of-00001', raw(0, 0, 0, 1), 'a checkpoint of TensorFlow'],
    ['yolo.weights', raw(0, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 'some bytes'), 'Darknet weights'],
    ['llm.gguf', raw('GGUF', 3, 0, 0, 0), 'a GGUF file'],
    ['net.zip', zipOf('model.json', 'weights.bin'), 'a TensorFlow.js model'],
    [
      'net.zip',
      zipOf('folder/net.keras', 'readme.txt'),
      'a zip archive that holds folder/net.keras: take that file itself',
    ],
    ['photos.zip', zipOf('a.jpg', 'b.jpg'), 'a zip archive: unpack it and take what is inside'],
    ['net.keras.gz', raw(0x1f, 0x8b, 8, 0), 'a gzip archive: unpack it'],
    ['net.keras', raw(0xff, 0xd8, 0xff, 0xe0), 'a JPEG picture: no model is in it'],
    ['net.keras', raw(0x89, 'PNG\r\n'), 'a PNG picture'],
    ['net.keras', raw('RIFF', 1, 0, 0, 0, 'WEBP'), 'a WebP picture'],
    ['net.h5', bytes('<?xml version="1.0"?><Error><Code>AccessDenied</Code>'), 'an XML file, perhaps a message'],
    ['net.h5', bytes('<!doctype html><title>404</title>'), 'an HTML page, perhaps one about the file'],
    ['net.h5', new Uint8Array(0), 'empty: get or save it again'],
  ])('%s', async (name, content, message) => {
    expect(() => rejectForeign(content, name)).toThrow(`${name} is ${message}`)
    const file = new File([content as Uint8Array<ArrayBuffer>], name)
    const net = sequential([input({ shape: [2] }), layers.dense({ units: 1 })])
    await expect(loadModel(file)).rejects.toThrow(`${name} is ${message}`)
    await expect(net.loadWeights(file)).rejects.toThrow(`${name} is ${message}`)
    expect(() => importOnnx(content, { what: name })).toThrow(`${name} is ${message}`)
  })

  it.each([
    [['saved_model.pb', 'variables', 'assets'], 'a SavedModel of TensorFlow'],
    [['model.json', 'group1-shard1of1.bin'], 'a TensorFlow.js model'],
    [['Data', 'com.apple.CoreML/model.mlmodel'], 'a Core ML model'],
    [['config.json', 'pytorch_model.bin'], 'a PyTorch file'],
    [['config.json', 'metadata.json', 'model.weights.h5'], 'an unpacked .keras file'],
    [['config.json', 'model.safetensors'], 'a folder that holds model.safetensors'],
    [['notes.txt'], 'a folder'],
  ])('a folder with %j', (names, name) => {
    expect(foreignFolder(names).name).toBe(name)
  })

  it('and files of ours stay ours, whatever they begin with', () => {
    // A header of 1152 bytes begins as a pickle does, one of 35,615 as gzip does.
    for (const [low, high] of [
      [0x80, 4],
      [0x1f, 0x8b],
    ]) {
      expect(foreignKind(raw(low, high, 0, 0, 0, 0, 0, 0, '{"a":'), 'net.safetensors')).toBeUndefined()
    }
    for (const producer of ['', 'pytorch', 'ten letter'])
      expect(foreignKind(raw(8, 8, 0x12, producer.length, producer, 0x3a, 1), 'net.onnx')).toBeUndefined()
  })
})

it('ONNX files are looked at, too', () => {
  expect(() => readOnnx(POINTER, 'net.onnx')).toThrow('net.onnx is a Git LFS pointer')
})
