/** @file The plan: everything a backend needs to run a graph, and its text form. */
import { debug, flags } from '../../base/flags.ts'
import { type Graph, printGraph } from '../../ir/graph.ts'
import { verifyGraph } from '../../ir/verify.ts'
import type { Machine } from '../../ops/cpu/contract.ts'
import { type FuseOptions, fuse, printCluster } from '../fuse.ts'
import { repeatCheapChains } from '../rematerialize.ts'
import { type KernelSet, lower } from './lower.ts'
import { type Layout, layOut, type Place } from './memory.ts'
import { type Call, printCall, type Value } from './program.ts'
import { type Schedule, schedule } from './schedule.ts'

export interface Plan extends Schedule, Layout {
  readonly machine: Machine
  /** Multiply-accumulates of one run on a full batch. */
  readonly macs: number
}

export function makePlan(graph: Graph, batch: number, kernels: KernelSet, options?: FuseOptions): Plan {
  if (flags.check) verifyGraph(graph)
  debug(5, () => `graph:\n${printGraph(graph)}`)
  const repeated = options?.fuse === false ? graph : repeatCheapChains(graph)
  if (repeated !== graph) debug(5, () => `with cheap chains repeated:\n${printGraph(repeated)}`)
  const clusters = fuse(repeated, options)
  debug(5, () => `fused:\n${clusters.map(printCluster).join('\n')}`)
  const program = lower(repeated, batch, kernels, clusters)
  debug(5, () => `lowered:\n${program.calls.map(printCall).join('\n')}`)
  const scheduled = schedule(program)
  const macs = program.calls.reduce((sum, call) => sum + call.macs * (call.onImages ? batch : 1), 0)
  const plan = { ...scheduled, ...layOut(scheduled), machine: kernels.machine, macs }
  debug(4, () => printPlan(plan))
  debug(3, () => printVariants(plan))
  return plan
}

/** Where a kernel had a choice: what it chose, then what it could have. */
function printVariants({ program }: Plan): string {
  const lines = program.calls
    .filter(({ variants = [] }) => variants.length > 1)
    .map(({ name, variants: [chosen, ...others] = [] }) => `${chosen} (or ${others.join(', ')})  ${name}`)
  return ['kernels that had a choice:', ...lines].join('\n')
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
    for (const { calls, images } of phase.segments) {
      if (images < plan.shard) lines.push(`  ${images} ${images === 1 ? 'image' : 'images'} at a time:`)
      for (const call of calls) lines.push(`  images ${showCall(plan, call)}`)
    }
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
