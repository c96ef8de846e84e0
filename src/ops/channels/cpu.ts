/**
 * @file Repeating channels and summing groups of channels in WebAssembly. Small groups by shuffling lanes: one vector of four
 * channels belongs to `times` vectors of repeated ones. Large groups one by one, along their own elements.
 */
import { f32, f32x4, i32, type Local, type V128, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import type { Node } from '../../ir/node.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { acrossLanes, eachVector, type Row, rowKernel } from '../cpu/row-kernel.ts'
import { storageOf } from '../cpu/storage.ts'
import { num } from '../rules/attrs.ts'

type Lanes = [number, number, number, number]

/** Groups of more elements are worked on one by one. */
const SMALL = 8

/** How many repeated vectors belong to a vector of which `lanes` lanes are channels. */
const repeatedVectors = (lanes: number, times: number): number => Math.ceil((lanes * times) / 4)

export const repeatChannelsKernel: CpuKernel = rowKernel((f, row, node) => {
  const times = num(node.attrs, 'times')
  if (times <= SMALL) repeatByShuffles(f, row, node, times)
  else repeatOneByOne(f, row, node, times)
})

export const sumChannelGroupsKernel: CpuKernel = rowKernel((f, row, node) => {
  const times = num(node.attrs, 'times')
  if (times <= SMALL) sumByShuffles(f, row, node, times)
  else sumOneByOne(f, row, node, times)
})

function repeatByShuffles(f: FunctionBuilder, { inputs: [x], output }: Row, node: Node, times: number): void {
  eachVector(f, storageOf(node.inputs[0]).cols, (offset, lanes) => {
    const channels = f.let(v128.load(i32.add(x, offset)))
    const to = f.let(i32.add(output, i32.mul(offset, times)))
    for (let k = 0; k < repeatedVectors(lanes, times); k++) {
      const sources = [0, 1, 2, 3].map((lane) => Math.floor((4 * k + lane) / times)) as Lanes
      f.store(to, v128.shuffle(channels, channels, sources), 16 * k)
    }
  })
}

function repeatOneByOne(f: FunctionBuilder, { inputs: [x], output }: Row, node: Node, times: number): void {
  const whole = Math.floor(times / 4)
  const to = f.let(output)
  f.range(0, storageOf(node.inputs[0]).cols * 4, 4, (channel) => {
    const value = f.let(v128.loadSplat(i32.add(x, channel)))
    f.repeat(whole, () => {
      f.store(to, value)
      f.inc(to, 16)
    })
    for (let i = 0; i < times % 4; i++) f.store(to, f32x4.extractLane(value, 0), 4 * i)
    f.inc(to, 4 * (times % 4))
  })
}

function sumByShuffles(f: FunctionBuilder, { inputs: [x], output }: Row, node: Node, times: number): void {
  eachVector(f, storageOf(node).cols, (offset, lanes) => {
    const from = f.let(i32.add(x, i32.mul(offset, times)))
    const vectors = Array.from({ length: repeatedVectors(lanes, times) }, (_, k) => f.let(v128.load(from, 16 * k)))
    const members = Array.from({ length: times }, (_, m) =>
      gather(vectors, [m, times + m, 2 * times + m, 3 * times + m]),
    )
    f.store(
      i32.add(output, offset),
      members.reduce((a, b) => f32x4.add(a, b)),
    )
  })
}

/** Four sums beside each other, added up at the end of the group. */
function sumOneByOne(f: FunctionBuilder, { inputs: [x], output }: Row, node: Node, times: number): void {
  const whole = Math.floor(times / 4)
  const from = f.let(x)
  f.range(0, storageOf(node).cols * 4, 4, (channel) => {
    const sums = f.let(f32x4.const(0))
    f.repeat(whole, () => {
      f.set(sums, f32x4.add(sums, v128.load(from)))
      f.inc(from, 16)
    })
    const total = f.let(f32x4.extractLane(acrossLanes(f, sums, f32x4.add), 0))
    for (let i = 0; i < times % 4; i++) f.set(total, f32.add(total, f32.load(from, 4 * i)))
    f.inc(from, 4 * (times % 4))
    f.store(i32.add(output, channel), total)
  })
}

/** The elements with these numbers, counted through the vectors; numbers beyond the last vector fill padding lanes. */
function gather(vectors: readonly Local<'v128'>[], elements: Lanes): V128 {
  const places = elements.map((element) => Math.min(element >> 2, vectors.length - 1))
  const lanesFrom = (place: number) =>
    elements.map((element, lane) => (places[lane] === place ? 4 + (element & 3) : lane)) as Lanes
  return [...new Set(places)].reduce<V128>(
    (gathered, place) => v128.shuffle(gathered, vectors[place], lanesFrom(place)),
    vectors[0],
  )
}
