/** @file Dropout in WebAssembly: the hash of op.ts on four elements at a time. */
import { f32x4, i32, i32x4, type Local, type V128, v128 } from '../../codegen/wasm/expr.ts'
import type { FunctionBuilder } from '../../codegen/wasm/module.ts'
import type { Node } from '../../ir/node.ts'
import { num, storageOf, type WasmKernel } from '../kernel.ts'
import { eachVector } from '../rows.ts'
import { forEachImage } from '../walk.ts'
import { dropoutThreshold, GOLDEN } from './op.ts'

export const dropoutKernel: WasmKernel = {
  variants: () => ['v4'],
  emit(f, params, call) {
    const [x, seed] = params.inputs
    const streamKey = mix(f, i32x4.const(num(call.node.attrs, 'stream') + GOLDEN))
    const stepKey = mix(f, i32x4.add(streamKey, i32x4.truncSatF32x4S(v128.loadSplat(seed))))
    const image = f.let(i32x4.splat(params.begin))
    forEachImage(f, params, call, () => {
      emitImage(f, call.node, { x, output: params.output, key: mix(f, i32x4.add(stepKey, image)) })
      f.set(image, i32x4.add(image, i32x4.const(1)))
    })
  },
}

interface Image {
  readonly x: Local<'i32'>
  readonly output: Local<'i32'>
  readonly key: Local<'v128'>
}

function emitImage(f: FunctionBuilder, node: Node, { x, output, key }: Image): void {
  const rate = num(node.attrs, 'rate')
  const { rows, cols, pitch } = storageOf(node)
  const rowStart = f.let(i32.const(0))
  /** Key + number of the element * GOLDEN. */
  const word = f.let(i32x4.add(key, i32x4.lanes(0, GOLDEN, 2 * GOLDEN, 3 * GOLDEN)))
  f.repeat(rows, () => {
    eachVector(f, cols, (offset, lanes) => {
      const at = f.let(i32.add(rowStart, offset))
      const kept = i32x4.geU(mix(f, word), i32x4.const(dropoutThreshold(rate)))
      const scaled = f32x4.mul(v128.load(i32.add(x, at)), f32x4.const(1 / (1 - rate)))
      f.store(i32.add(output, at), v128.and(kept, scaled))
      f.set(word, i32x4.add(word, i32x4.const(lanes * GOLDEN)))
    })
    f.inc(rowStart, pitch * 4)
  })
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
