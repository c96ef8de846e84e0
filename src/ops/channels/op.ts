/**
 * @file Repeating channels, and its adjoint, summing groups of channels: what a depth multiplier adds to a depthwise
 * convolution.
 *
 *   repeat: y[..., c times + m] = x[..., c],   sum: y[..., c] = sum over m < times of x[..., c times + m]
 */
import { build, type Node, type OpDef } from '../../ir/node.ts'
import { num } from '../rules/attrs.ts'
import { images } from '../rules/cases.ts'
import { demand, f32, isRows, type Operands } from '../rules/infer.ts'

/** x [..., C] -> [..., C times] */
export function repeatChannels(x: Node, times: number): Node {
  return build(repeatChannelsOp, [x], { times })
}

/** x [..., C times] -> [..., C] */
export function sumChannelGroups(x: Node, times: number): Node {
  return build(sumChannelGroupsOp, [x], { times })
}

function timesOf(operands: Operands): number {
  const { inputs, attrs = {} } = operands
  const times = num(attrs, 'times')
  demand(isRows(inputs[0]), operands, 'x must be [N, ..., C]')
  demand(Number.isInteger(times) && times >= 1, operands, 'times must be a positive integer')
  return times
}

const specs = [
  { rows: [1], channels: 1, times: 1 },
  { rows: [3], channels: 5, times: 2 },
  { rows: [2, 3, 3], channels: 4, times: 2 },
  { rows: [1, 5, 4], channels: 3, times: 4 },
  { rows: [2, 2, 7], channels: 7, times: 3 },
  { rows: [1, 4, 4], channels: 8, times: 8 },
  { rows: [2, 3], channels: 1, times: 13 },
  { rows: [2, 2, 1], channels: 3, times: 9 },
  { rows: [2], channels: 2, times: 64 },
]

export const repeatChannelsOp: OpDef = {
  name: 'repeatChannels',
  traits: { linear: [0] },
  infer(inputs, attrs) {
    const times = timesOf({ op: 'repeatChannels', inputs, attrs })
    const { shape } = inputs[0]
    return f32([...shape.slice(0, -1), (shape.at(-1) as number) * times], true)
  },
  cost: () => ({ macs: 0 }),
  grad: (node, dy) => [sumChannelGroups(dy, num(node.attrs, 'times'))],
  cases: specs.map(({ rows, channels, times }) => ({ inputs: [images([...rows, channels])], attrs: { times } })),
}

export const sumChannelGroupsOp: OpDef = {
  name: 'sumChannelGroups',
  traits: { linear: [0] },
  infer(inputs, attrs) {
    const operands = { op: 'sumChannelGroups', inputs, attrs }
    const times = timesOf(operands)
    const { shape } = inputs[0]
    const channels = (shape.at(-1) as number) / times
    demand(Number.isInteger(channels), operands, 'the channels must be a multiple of times')
    return f32([...shape.slice(0, -1), channels], true)
  },
  cost: () => ({ macs: 0 }),
  grad: (node, dy) => [repeatChannels(dy, num(node.attrs, 'times'))],
  cases: specs.map(({ rows, channels, times }) => ({
    inputs: [images([...rows, channels * times])],
    attrs: { times },
  })),
}
