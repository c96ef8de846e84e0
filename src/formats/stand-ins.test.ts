/** @file Pointers and pages in the place of files. */
import { expect, it } from 'vitest'
import { readOnnx } from './onnx/read.ts'
import { rejectStandIn } from './stand-ins.ts'

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
  expect(() => rejectStandIn(content, 'net.keras')).toThrow(message)
})

it.each(['', 'version 1', '<svg>', '\u0089HDF\r\n'])('%j is left to others', (text) => {
  expect(() => rejectStandIn(bytes(text), 'net.keras')).not.toThrow()
})

it('ONNX files are looked at, too', () => {
  expect(() => readOnnx(POINTER, 'net.onnx')).toThrow('net.onnx is a Git LFS pointer')
})
