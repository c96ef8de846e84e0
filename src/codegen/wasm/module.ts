/**
 * @file Functions -> the bytes of a WebAssembly module: one imported memory, exports, and a name section, so that profilers
 * and stack traces show the kernels' own names.
 */
import type { Expr } from '../expr.ts'
import { type FunctionBuilder, type Isa, ModuleBuilder, type Statement } from '../module.ts'
import type { LaneOperation, Load, Operation, ValType } from '../operations.ts'
import { Bytes } from './bytes.ts'
import {
  LANE_OPCODES,
  LOAD_OPCODES,
  type MemoryOpcode,
  OPCODES,
  SHUFFLE,
  STORE_OPCODES,
  V128_CONST,
} from './opcodes.ts'

const TYPE_CODE: Record<ValType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, v128: 0x7b }

export interface WasmOptions {
  /** The memory is a SharedArrayBuffer. */
  readonly shared: boolean
  /** Limit of the imported memory in 64 KiB pages; must match the memory's. */
  readonly maxPages: number
  /** The one function to export, in a module that names no others. */
  readonly only?: FunctionBuilder
}

/**
 * A module of WebAssembly. Functions become bytes as soon as they are written: their statements die young, which halves the
 * time that it takes to emit a network.
 */
export class WasmModule extends ModuleBuilder {
  private readonly code: Uint8Array[] = []
  private readonly look: ((f: FunctionBuilder) => void) | undefined

  /** @param look is shown each function before its statements are gone */
  constructor(isa: Isa, look?: (f: FunctionBuilder) => void) {
    super(isa)
    this.look = look
  }

  protected override written(f: FunctionBuilder): void {
    this.look?.(f)
    this.code[f.index] = encodeFunction(f)
    f.body = []
  }

  toBytes(options: WasmOptions): Uint8Array<ArrayBuffer> {
    const { functions } = this
    const { only } = options
    const out = new Bytes().all([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])
    const types = new Map<string, number>()
    const typeOf = functions.map((f) => {
      const key = Object.values(f.params).join()
      if (!types.has(key)) types.set(key, types.size)
      return types.get(key) as number
    })
    section(out, 1, [...types.keys()].map(encodeType))
    section(out, 2, [encodeMemoryImport(options)])
    section(
      out,
      3,
      typeOf.map((index) => (b: Bytes) => b.uleb(index)),
    )
    section(
      out,
      7,
      (only ? [only] : [...this.exported]).map((f) => (b: Bytes) => b.name(f.name).u8(0x00).uleb(f.index)),
    )
    section(
      out,
      10,
      this.code.map((code) => (b: Bytes) => b.uleb(code.length).append(code)),
    )
    if (!only) encodeNames(out, functions)
    return out.view().slice() as Uint8Array<ArrayBuffer>
  }
}

function encodeMemoryImport({ shared, maxPages }: WasmOptions) {
  return (b: Bytes) =>
    b
      .name('env')
      .name('memory')
      .all([0x02, shared ? 0x03 : 0x01])
      .uleb(1)
      .uleb(maxPages)
}

function encodeNames(out: Bytes, functions: readonly FunctionBuilder[]): void {
  const names = new Bytes().uleb(functions.length)
  for (const f of functions) names.uleb(f.index).name(f.name)
  const body = new Bytes().name('name').u8(1).uleb(names.length).append(names.view())
  out.u8(0).uleb(body.length).append(body.view())
}

function encodeType(key: string) {
  const params = key === '' ? [] : (key.split(',') as ValType[])
  return (b: Bytes) => {
    b.u8(0x60).uleb(params.length)
    for (const type of params) b.u8(TYPE_CODE[type])
    b.uleb(0)
  }
}

function section(out: Bytes, id: number, items: ((b: Bytes) => void)[]): void {
  const body = new Bytes().uleb(items.length)
  for (const item of items) item(body)
  out.u8(id).uleb(body.length).append(body.view())
}

function encodeFunction({ locals, body }: FunctionBuilder): Uint8Array {
  const code = new Bytes()
  const groups: { type: ValType; count: number }[] = []
  for (const type of locals) {
    const last = groups[groups.length - 1]
    if (last?.type === type) last.count++
    else groups.push({ type, count: 1 })
  }
  code.uleb(groups.length)
  for (const { type, count } of groups) code.uleb(count).u8(TYPE_CODE[type])
  encodeBlock(code, body)
  return code.u8(0x0b).view()
}

function encodeBlock(out: Bytes, block: readonly Statement[]): void {
  for (const statement of block) encodeStatement(out, statement)
}

function encodeStatement(out: Bytes, statement: Statement): void {
  switch (statement.kind) {
    case 'set':
      encodeExpr(out, statement.value)
      out.u8(0x21).uleb(statement.local.imm)
      return
    case 'store':
      encodeExpr(out, statement.address)
      encodeExpr(out, statement.value)
      encodeMemory(out, STORE_OPCODES[statement.op], statement.offset)
      return
    case 'if':
      encodeExpr(out, statement.condition)
      out.u8(0x04).u8(0x40)
      encodeBlock(out, statement.body)
      if (statement.otherwise) {
        out.u8(0x05)
        encodeBlock(out, statement.otherwise)
      }
      out.u8(0x0b)
      return
    case 'loop':
      out.u8(0x03).u8(0x40)
      encodeBlock(out, statement.body)
      encodeExpr(out, statement.condition)
      out.u8(0x0d).u8(0x00).u8(0x0b)
      return
    case 'call':
      for (const arg of statement.args) encodeExpr(out, arg)
      out.u8(0x10).uleb(statement.callee.index)
      return
    case 'zero':
      encodeExpr(out, statement.address)
      out.u8(0x41).sleb(0)
      encodeExpr(out, statement.bytes)
      out.all([0xfc, 0x0b, 0x00])
      return
    case 'copy':
      encodeExpr(out, statement.to)
      encodeExpr(out, statement.from)
      encodeExpr(out, statement.bytes)
      out.all([0xfc, 0x0a, 0x00, 0x00])
      return
    case 'drop':
      encodeExpr(out, statement.value)
      out.u8(0x1a)
      return
    case 'trap':
      out.u8(0x00)
  }
}

function encodeExpr(out: Bytes, expr: Expr): void {
  const { kind, args } = expr
  for (let i = 0; i < args.length; i++) encodeExpr(out, args[i])
  switch (kind) {
    case 'local':
      out.u8(0x20).uleb(expr.imm)
      return
    case 'op':
      out.all(OPCODES[expr.op as Operation])
      return
    case 'load':
      encodeMemory(out, LOAD_OPCODES[expr.op as Load], expr.imm)
      return
    case 'const':
      encodeConst(out, expr)
      return
    case 'lane':
      out.all(LANE_OPCODES[expr.op as LaneOperation]).u8(expr.imm)
      return
    case 'shuffle':
      out.all(SHUFFLE).all(expr.values.flatMap((lane) => [lane * 4, lane * 4 + 1, lane * 4 + 2, lane * 4 + 3]))
  }
}

function encodeMemory(out: Bytes, { opcode, align }: MemoryOpcode, offset: number): void {
  out.all(opcode).uleb(align).uleb(offset)
}

function encodeConst(out: Bytes, { type, op, values }: Expr): void {
  if (type === 'i32') out.u8(0x41).sleb(values[0])
  else if (type === 'i64') out.u8(0x42).sleb(values[0])
  else if (type === 'f32') out.u8(0x43).f32(values[0])
  else {
    out.all(V128_CONST)
    for (const value of values) {
      if (op === 'f32') out.f32(value)
      else
        out
          .u8(value & 255)
          .u8((value >> 8) & 255)
          .u8((value >> 16) & 255)
          .u8((value >> 24) & 255)
    }
  }
}
