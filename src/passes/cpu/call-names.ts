/** @file Names of kernels: equal names mean equal code, so that calls of equal shape share one function. */

import { operandsOf, resultOf } from '../../ir/fused.ts'
import { itemShape, type Node } from '../../ir/node.ts'
import type { KernelCall } from '../../ops/cpu/contract.ts'
import { type ElementwiseGroup, loopValue } from '../../ops/cpu/loop/group.ts'

const item = (node: Node) => itemShape(node).join('x') || '1'

function attrsOf(node: Node): string {
  return Object.values(node.attrs)
    .map((value) => (Array.isArray(value) ? value.join('_') : String(value)))
    .join('-')
}

/** `<op>.<dtype>.<layout>.<shape>.<tile>.<isa>` */
export function callName(call: KernelCall): string {
  const ops = [call.source, call.node, ...call.epilogue.map((step) => step.node)].filter((node) => node !== undefined)
  const shapes = [...operandsOf(call), ...call.extras].map(item).join('_')
  const attrs = [call.source, call.node, ...call.epilogue.map((step) => step.node)]
    .map((node) => (node ? attrsOf(node) : ''))
    .filter(Boolean)
    .join('+')
  const through = call.epilogue.map((step) => step.through).join('')
  return [
    ops.map((node) => node.op.name).join('+') + (through ? `@${through}` : ''),
    resultOf(call).dtype,
    call.inPieces ? 'pieces' : 'nhwc',
    `${shapes}-${item(resultOf(call))}${attrs ? `(${attrs})` : ''}`,
    call.variant,
    call.machine.isa,
  ].join('.')
}

/** In full for small groups; longer ones name their first ops and are told apart by a hash of what they do. */
export function groupName(group: ElementwiseGroup, isa: string): string {
  const index = new Map([...group.inputs, ...group.nodes].map((node, i) => [node, i]))
  const body = group.nodes.map((node) => {
    const args = [...node.inputs.map((input) => index.get(input)), attrsOf(node)].filter((arg) => arg !== '')
    return `${node.op.name}(${args.join(',')})`
  })
  const partial = [...(group.partial ?? [])].map((node) => `+${index.get(node)}`).join('')
  const what = `${body.join('+')}${partial}>${group.outputs.map((node) => index.get(node)).join('_')}`
  const ops = group.nodes.map((node) => node.op.name).join('+')
  const short = what.length <= 40 ? what : `${ops.slice(0, 40)}#${fnv1a(what)}`
  const loop = loopValue(group)
  const shapes = `${group.inputs.map(item).join('_')}-${item(loop)}`
  return `${short}.f32.${loop.batched ? 'images' : 'flat'}.${shapes}.v4.${isa}`
}

/** 32-bit FNV-1a, as hexadecimal digits. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  return hash.toString(16).padStart(8, '0')
}
