/**
 * @file Repeating channels and summing groups of channels in WebAssembly, by shuffling lanes: one
 * vector of four channels belongs to `times` vectors of repeated ones.
 */
import { f32x4, i32, type Local, type V128, v128 } from '../../codegen/wasm/expr.ts'
import { num, storageOf, type WasmKernel } from '../kernel.ts'
import { eachVector, rowKernel } from '../rows.ts'

type Lanes = [number, number, number, number]

/** How many repeated vectors belong to a vector of which `lanes` lanes are channels. */
const repeatedVectors = (lanes: number, times: number): number => Math.ceil((lanes * times) / 4)

export const repeatChannelsKernel: WasmKernel = rowKernel((f, { inputs: [x], output }, node) => {
  const times = num(node.attrs, 'times')
  eachVector(f, storageOf(node.inputs[0]).cols, (offset, lanes) => {
    const channels = f.let(v128.load(i32.add(x, offset)))
    const to = f.let(i32.add(output, i32.mul(offset, times)))
    for (let k = 0; k < repeatedVectors(lanes, times); k++) {
      const sources = [0, 1, 2, 3].map((lane) => Math.floor((4 * k + lane) / times)) as Lanes
      f.store(to, v128.shuffle(channels, channels, sources), 16 * k)
    }
  })
})

export const sumChannelGroupsKernel: WasmKernel = rowKernel((f, { inputs: [x], output }, node) => {
  const times = num(node.attrs, 'times')
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
})

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
