/** @file Random words in WebAssembly: the hash of op.ts on four elements at a time. */
import { type I32, i32, i32x4, type Local, type V128, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import { GOLDEN } from '../dropout/op.ts'
import { num } from '../rules/attrs.ts'
import type { KernelCall, KernelParams } from './contract.ts'
import { forEachImage } from './loops.ts'
import { eachVector } from './row-kernel.ts'
import { storageOf } from './storage.ts'

/**
 * Visits each vector of a batch, whose second operand is the seed, with the words of its elements; `at` counts bytes from the
 * start of the image, where the pointers of batched operands stand.
 */
export function eachWord(
  f: FunctionBuilder,
  params: KernelParams,
  call: KernelCall,
  body: (word: Local<'v128'>, at: Local<'i32'>) => void,
): void {
  const { rows, cols, pitch } = storageOf(call.node)
  const stepKey = keyOf(f, num(call.node.attrs, 'stream'), params.inputs[1])
  const image = f.let(i32x4.splat(params.begin))
  forEachImage(f, params, call, () => {
    const key = mix(f, i32x4.add(stepKey, image))
    const rowStart = f.let(i32.const(0))
    /** Key + number of the element * GOLDEN. */
    const word = f.let(i32x4.add(key, i32x4.lanes(0, GOLDEN, 2 * GOLDEN, 3 * GOLDEN)))
    f.repeat(rows, () => {
      eachVector(f, cols, (offset: I32, lanes) => {
        const at = f.let(i32.add(rowStart, offset))
        body(mix(f, word), at)
        f.set(word, i32x4.add(word, i32x4.const(lanes * GOLDEN)))
      })
      f.inc(rowStart, pitch * 4)
    })
    f.set(image, i32x4.add(image, i32x4.const(1)))
  })
}

/** The word of element 0 of image 0, in all four lanes. */
export function firstWord(f: FunctionBuilder, stream: number, seed: Local<'i32'>): Local<'v128'> {
  return mix(f, mix(f, keyOf(f, stream, seed)))
}

/** Stream and seed as one key. */
function keyOf(f: FunctionBuilder, stream: number, seed: Local<'i32'>): Local<'v128'> {
  const streamKey = mix(f, i32x4.const(stream + GOLDEN))
  return mix(f, i32x4.add(streamKey, i32x4.truncSatF32x4S(v128.loadSplat(seed))))
}

function mix(f: FunctionBuilder, word: V128): Local<'v128'> {
  const steps = [
    { shift: 16, factor: 0x7feb352d },
    { shift: 15, factor: 0x846ca68b },
  ]
  const h = f.let(word)
  for (const { shift, factor } of steps) f.set(h, i32x4.mul(folded(h, shift), i32x4.const(factor)))
  f.set(h, folded(h, 16))
  return h
}

const folded = (h: Local<'v128'>, shift: number): V128 => v128.xor(h, i32x4.shrU(h, shift))
