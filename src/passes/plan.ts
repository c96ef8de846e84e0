/** @file The plan: everything a backend needs to run a graph, and its text form. */
import type { Graph } from '../ir/graph.ts'
import type { Machine } from '../ops/kernel.ts'
import type { FuseOptions } from './fuse.ts'
import { type KernelSet, lower } from './lower.ts'
import { type Layout, layOut, type Place } from './memory.ts'
import type { Call, Value } from './program.ts'
import { type Schedule, schedule } from './schedule.ts'

export interface Plan extends Schedule, Layout {
  readonly machine: Machine
  /** Multiply-accumulates of one run on a full batch. */
  readonly macs: number
}

export function makePlan(graph: Graph, batch: number, kernels: KernelSet, options?: FuseOptions): Plan {
  const scheduled = schedule(lower(graph, batch, kernels, options))
  const macs = scheduled.program.calls.reduce((sum, call) => sum + call.macs * (call.onImages ? batch : 1), 0)
  return { ...scheduled, ...layOut(scheduled), machine: kernels.machine, macs }
}

/** One line a call: phase, kernel, operands with their addresses, multiply-accumulates. */
export function printPlan(plan: Plan): string {
  const lines = [
    `plan: batch ${plan.program.batch}, ${plan.lanes} lanes of ${plan.laneImages} images in shards of ${plan.shard}`,
    `memory: ${kib(plan.planBytes)} shared, ${kib(plan.threadBytes)} a thread; ${(plan.macs / 1e6).toFixed(2)} M multiply-accumulates`,
  ]
  plan.phases.forEach((phase, i) => {
    lines.push(`phase ${i}:`)
    for (const call of phase.unitCalls) lines.push(`  units  ${showCall(plan, call)}`)
    for (const call of phase.imageCalls) lines.push(`  images ${showCall(plan, call)}`)
  })
  return lines.join('\n')
}

function showCall(plan: Plan, call: Call): string {
  const show = (value: Value) => `${value.name}${showPlace(plan.places.get(value))}`
  const macs = call.macs ? `  ${(call.macs / 1e6).toFixed(3)} Mmac${call.onImages ? '/image' : ''}` : ''
  return `${call.name}  (${call.inputs.map(show).join(', ')}) -> ${call.outputs.map(show).join(', ')}${macs}`
}

function showPlace(place: Place | undefined): string {
  if (place?.region === 'plan') return `@${place.offset}`
  if (place?.region === 'thread') return `@t+${place.offset}`
  return place ? `@${place.region}` : ''
}

const kib = (bytes: number) => `${Math.ceil(bytes / 1024)} KiB`
