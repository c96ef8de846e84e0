/**
 * @file A WebAssembly module under construction: functions, one imported memory, exports and a
 * name section, so that profilers and stack traces show the kernels' own names.
 */
import { invariant } from '../../base/errors.ts'
import { Bytes } from './bytes.ts'
import { type Expr, f32x4, type IntLike, i32, int, Local, type V128, type ValType } from './expr.ts'

/** `relaxed`: fused multiply-add; `simd`: plain multiply then add. */
export type Isa = 'relaxed' | 'simd'

const TYPE_CODE: Record<ValType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, v128: 0x7b }

export interface ModuleOptions {
  isa: Isa
  /** The memory is a SharedArrayBuffer; needs `maxPages`. */
  shared: boolean
  /** Limit of the imported memory in 64 KiB pages; must match the memory's. */
  maxPages: number
}

export class ModuleBuilder {
  readonly isa: Isa
  private readonly options: ModuleOptions
  private readonly functions: FunctionBuilder[] = []
  private readonly byName = new Map<string, FunctionBuilder>()
  private readonly exported = new Set<FunctionBuilder>()

  constructor(options: ModuleOptions) {
    this.options = options
    this.isa = options.isa
  }

  /** Declares a function and lets `body` write it. Parameters arrive as locals, in order. */
  function<P extends Record<string, ValType>>(
    name: string,
    params: P,
    body: (f: FunctionBuilder, p: { [K in keyof P]: Local<P[K]> }) => void,
  ): FunctionBuilder {
    invariant(!this.byName.has(name), `wasm function ${name} is declared twice`)
    const f = new FunctionBuilder(this, name, this.functions.length, Object.values(params))
    this.functions.push(f)
    this.byName.set(name, f)
    const locals = Object.fromEntries(Object.entries(params).map(([key, type], i) => [key, new Local(type, i)]))
    body(f, locals as { [K in keyof P]: Local<P[K]> })
    return f
  }

  /** The function of that name, written on first use: call sites of equal shape share one body. */
  shared(name: string, write: () => FunctionBuilder): FunctionBuilder {
    return this.byName.get(name) ?? write()
  }

  export(f: FunctionBuilder): void {
    this.exported.add(f)
  }

  /** a * b + c; rounded once under `relaxed`, twice under `simd`. */
  madd(a: V128, b: V128, c: V128): V128 {
    return this.isa === 'relaxed' ? f32x4.relaxedMadd(a, b, c) : f32x4.add(f32x4.mul(a, b), c)
  }

  /** c - a * b */
  nmadd(a: V128, b: V128, c: V128): V128 {
    return this.isa === 'relaxed' ? f32x4.relaxedNmadd(a, b, c) : f32x4.sub(c, f32x4.mul(a, b))
  }

  /** Functions with the sizes of their code, one a line. */
  listing(): string {
    return this.functions.map((f) => `${String(f.bytes).padStart(8)} bytes  ${f.name}`).join('\n')
  }

  /** @param only the one function to export, in a module that names no others */
  toBytes(only?: FunctionBuilder): Uint8Array<ArrayBuffer> {
    const out = new Bytes().all([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])
    const types = new Map<string, number>()
    const typeOf = this.functions.map((f) => {
      const key = f.params.join()
      if (!types.has(key)) types.set(key, types.size)
      return types.get(key) as number
    })
    section(out, 1, [...types.keys()].map(encodeType))
    section(out, 2, [this.encodeMemoryImport()])
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
      this.functions.map((f) => (b: Bytes) => f.encode(b)),
    )
    if (!only) this.encodeNames(out)
    return out.view().slice() as Uint8Array<ArrayBuffer>
  }

  private encodeMemoryImport() {
    const { shared, maxPages } = this.options
    return (b: Bytes) =>
      b
        .name('env')
        .name('memory')
        .all([0x02, shared ? 0x03 : 0x01])
        .uleb(1)
        .uleb(maxPages)
  }

  private encodeNames(out: Bytes): void {
    const names = new Bytes().uleb(this.functions.length)
    for (const f of this.functions) names.uleb(f.index).name(f.name)
    const body = new Bytes().name('name').u8(1).uleb(names.length).append(names.view())
    out.u8(0).uleb(body.length).append(body.view())
  }
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

/** Writes one function. Functions return nothing: results go to memory. */
export class FunctionBuilder {
  readonly module: ModuleBuilder
  readonly name: string
  readonly index: number
  readonly params: readonly ValType[]
  private readonly locals: ValType[] = []
  private readonly code = new Bytes()

  constructor(module: ModuleBuilder, name: string, index: number, params: readonly ValType[]) {
    this.module = module
    this.name = name
    this.index = index
    this.params = params
  }

  /** Length of its code. */
  get bytes(): number {
    return this.code.length
  }

  i32(): Local<'i32'> {
    return this.local('i32')
  }

  f32(): Local<'f32'> {
    return this.local('f32')
  }

  v128(): Local<'v128'> {
    return this.local('v128')
  }

  local<T extends ValType>(type: T): Local<T> {
    this.locals.push(type)
    return new Local(type, this.params.length + this.locals.length - 1)
  }

  /** A fresh local that already holds the value. */
  let<T extends ValType>(value: Expr<T>): Local<T> {
    const local = this.local(value.type)
    this.set(local, value)
    return local
  }

  set<T extends ValType>(local: Local<T>, value: Expr<T>): void {
    value.emit(this.code)
    this.code.u8(0x21).uleb(local.index)
  }

  /** local += by; nothing when `by` is the constant 0. */
  inc(local: Local<'i32'>, by: IntLike): void {
    if (int(by).constant !== 0) this.set(local, i32.add(local, by))
  }

  store(address: Expr<'i32'>, value: Expr, offset = 0): void {
    const opcode: Partial<Record<ValType, number[]>> = { i32: [0x36], f32: [0x38], v128: [0xfd, 0x0b] }
    this.storeAs(opcode[value.type] as number[], 2, address, value, offset)
  }

  store8(address: Expr<'i32'>, value: Expr<'i32'>, offset = 0): void {
    this.storeAs([0x3a], 0, address, value, offset)
  }

  atomicStore(address: Expr<'i32'>, value: IntLike, offset = 0): void {
    this.storeAs([0xfe, 0x17], 2, address, int(value), offset)
  }

  private storeAs(opcode: number[], align: number, address: Expr, value: Expr, offset: number): void {
    invariant(offset >= 0, `memory offset must not be negative, received: ${offset}`)
    address.emit(this.code)
    value.emit(this.code)
    this.code.all(opcode).uleb(align).uleb(offset)
  }

  /** memory.fill with zero bytes. */
  zero(address: Expr<'i32'>, bytes: IntLike): void {
    address.emit(this.code)
    int(0).emit(this.code)
    int(bytes).emit(this.code)
    this.code.all([0xfc, 0x0b, 0x00])
  }

  copy(to: Expr<'i32'>, from: Expr<'i32'>, bytes: IntLike): void {
    to.emit(this.code)
    from.emit(this.code)
    int(bytes).emit(this.code)
    this.code.all([0xfc, 0x0a, 0x00, 0x00])
  }

  call(callee: FunctionBuilder, ...args: IntLike[]): void {
    invariant(args.length === callee.params.length, `${callee.name} takes ${callee.params.length} arguments`)
    for (const arg of args) int(arg).emit(this.code)
    this.code.u8(0x10).uleb(callee.index)
  }

  /** Ends everything with an error. */
  trap(): void {
    this.code.u8(0x00)
  }

  /** Evaluates and throws the result away. */
  drop(value: Expr): void {
    value.emit(this.code)
    this.code.u8(0x1a)
  }

  if(condition: Expr<'i32'>, then: () => void, otherwise?: () => void): void {
    condition.emit(this.code)
    this.code.all([0x04, 0x40])
    then()
    if (otherwise) {
      this.code.u8(0x05)
      otherwise()
    }
    this.code.u8(0x0b)
  }

  /** Runs the body at least once, and again while the condition, read after it, holds. */
  doWhile(body: () => void, condition: () => Expr<'i32'>): void {
    this.code.all([0x03, 0x40])
    body()
    condition().emit(this.code)
    this.code.all([0x0d, 0x00, 0x0b])
  }

  /** Runs the body `count` times. A constant count needs no guard; small ones may be unrolled by the caller. */
  repeat(count: IntLike, body: () => void): void {
    const n = int(count)
    if (n.constant === 0) return
    if (n.constant === 1) {
      body()
      return
    }
    const left = this.let(n)
    const loop = () =>
      this.doWhile(body, () => {
        this.set(left, i32.sub(left, 1))
        return left
      })
    if (n.constant !== undefined) loop()
    else this.if(i32.gtS(left, 0), loop)
  }

  /** for (i = from; i < to; i += step), signed. `to` must not change inside. */
  range(from: IntLike, to: IntLike, step: number, body: (i: Local<'i32'>) => void): void {
    const [begin, last] = [int(from), int(to)]
    const isKnown = begin.constant !== undefined && last.constant !== undefined
    if (isKnown && begin.constant >= last.constant) return
    const i = this.let(begin)
    const end = last.constant !== undefined || last instanceof Local ? last : this.let(last)
    const loop = () =>
      this.doWhile(
        () => body(i),
        () => {
          this.inc(i, step)
          return i32.ltS(i, end)
        },
      )
    if (isKnown) loop()
    else this.if(i32.ltS(i, end), loop)
  }

  encode(out: Bytes): void {
    const head = new Bytes()
    const groups: { type: ValType; count: number }[] = []
    for (const type of this.locals) {
      const last = groups[groups.length - 1]
      if (last?.type === type) last.count++
      else groups.push({ type, count: 1 })
    }
    head.uleb(groups.length)
    for (const { type, count } of groups) head.uleb(count).u8(TYPE_CODE[type])
    const code = this.code.view()
    out
      .uleb(head.length + code.length + 1)
      .append(head.view())
      .append(code)
      .u8(0x0b)
  }
}
