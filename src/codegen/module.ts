/** @file Functions under construction: statements as data, recorded as kernels write them. A target turns them into code. */
import { invariant } from '../base/errors.ts'
import {
  type Expr,
  f32x4,
  type IntLike,
  i32,
  int,
  isLocal,
  type Local,
  local,
  type V128,
  type ValType,
} from './expr.ts'
import type { Store } from './operations.ts'

/** `relaxed`: fused multiply-add; `simd`: plain multiply then add. */
export type Isa = 'relaxed' | 'simd'

export type Statement =
  | { readonly kind: 'set'; readonly local: Local; readonly value: Expr }
  | {
      readonly kind: 'store'
      readonly op: Store
      readonly address: Expr<'i32'>
      readonly value: Expr
      readonly offset: number
    }
  /** Fills memory with zero bytes. */
  | { readonly kind: 'zero'; readonly address: Expr<'i32'>; readonly bytes: Expr<'i32'> }
  | { readonly kind: 'copy'; readonly to: Expr<'i32'>; readonly from: Expr<'i32'>; readonly bytes: Expr<'i32'> }
  | { readonly kind: 'call'; readonly callee: FunctionBuilder; readonly args: readonly Expr<'i32'>[] }
  /** Evaluates and throws the result away. */
  | { readonly kind: 'drop'; readonly value: Expr }
  /** Ends everything with an error. */
  | { readonly kind: 'trap' }
  | {
      readonly kind: 'if'
      readonly condition: Expr<'i32'>
      readonly body: readonly Statement[]
      readonly otherwise?: readonly Statement[]
    }
  /** Runs the body at least once, and again while the condition, read after it, holds. */
  | { readonly kind: 'loop'; readonly body: readonly Statement[]; readonly condition: Expr<'i32'> }

export class ModuleBuilder {
  readonly isa: Isa
  readonly functions: FunctionBuilder[] = []
  readonly exported = new Set<FunctionBuilder>()
  private readonly byName = new Map<string, FunctionBuilder>()

  constructor(isa: Isa) {
    this.isa = isa
  }

  /** Declares a function and lets `body` write it. Parameters arrive as locals, in order. */
  function<P extends Record<string, ValType>>(
    name: string,
    params: P,
    body: (f: FunctionBuilder, p: { [K in keyof P]: Local<P[K]> }) => void,
  ): FunctionBuilder {
    invariant(!this.byName.has(name), `function ${name} is declared twice`)
    const f = new FunctionBuilder(this, name, this.functions.length, params)
    this.functions.push(f)
    this.byName.set(name, f)
    const locals = Object.fromEntries(Object.entries(params).map(([key, type], i) => [key, local(type, i)]))
    body(f, locals as { [K in keyof P]: Local<P[K]> })
    this.written(f)
    return f
  }

  /** Called when a function is complete: a target may turn it into code, and let go of its statements. */
  protected written(_f: FunctionBuilder): void {}

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
}

const STORES: Partial<Record<ValType, Store>> = { i32: 'i32.store', f32: 'f32.store', v128: 'v128.store' }

/** Functions return nothing: results go to memory. */
export class FunctionBuilder {
  readonly module: ModuleBuilder
  readonly name: string
  readonly index: number
  readonly params: { readonly [name: string]: ValType }
  /** Those after the parameters. */
  readonly locals: ValType[] = []
  body: readonly Statement[]
  /** Where statements go: the body, or the inside of an `if` or a loop. */
  private block: Statement[] = []
  private readonly firstLocal: number

  constructor(module: ModuleBuilder, name: string, index: number, params: { readonly [name: string]: ValType }) {
    this.module = module
    this.name = name
    this.index = index
    this.params = params
    this.firstLocal = Object.keys(params).length
    this.body = this.block
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
    return local(type, this.firstLocal + this.locals.length - 1)
  }

  /** A fresh local that already holds the value. */
  let<T extends ValType>(value: Expr<T>): Local<T> {
    const fresh = this.local(value.type)
    this.set(fresh, value)
    return fresh
  }

  set<T extends ValType>(local: Local<T>, value: Expr<T>): void {
    this.block.push({ kind: 'set', local, value })
  }

  /** local += by; nothing when `by` is the constant 0. */
  inc(local: Local<'i32'>, by: IntLike): void {
    if (int(by).constant !== 0) this.set(local, i32.add(local, by))
  }

  store(address: Expr<'i32'>, value: Expr, offset = 0): void {
    this.storeAs(STORES[value.type] as Store, address, value, offset)
  }

  store8(address: Expr<'i32'>, value: Expr<'i32'>, offset = 0): void {
    this.storeAs('i32.store8', address, value, offset)
  }

  atomicStore(address: Expr<'i32'>, value: IntLike, offset = 0): void {
    this.storeAs('i32.atomic.store', address, int(value), offset)
  }

  private storeAs(op: Store, address: Expr<'i32'>, value: Expr, offset: number): void {
    invariant(offset >= 0, `memory offset must not be negative, received: ${offset}`)
    this.block.push({ kind: 'store', op, address, value, offset })
  }

  zero(address: Expr<'i32'>, bytes: IntLike): void {
    this.block.push({ kind: 'zero', address, bytes: int(bytes) })
  }

  copy(to: Expr<'i32'>, from: Expr<'i32'>, bytes: IntLike): void {
    this.block.push({ kind: 'copy', to, from, bytes: int(bytes) })
  }

  call(callee: FunctionBuilder, ...args: IntLike[]): void {
    const wanted = Object.keys(callee.params).length
    invariant(args.length === wanted, `${callee.name} takes ${wanted} arguments`)
    this.block.push({ kind: 'call', callee, args: args.map(int) })
  }

  trap(): void {
    this.block.push({ kind: 'trap' })
  }

  drop(value: Expr): void {
    this.block.push({ kind: 'drop', value })
  }

  if(condition: Expr<'i32'>, then: () => void, otherwise?: () => void): void {
    const branches = { body: this.record(then), ...(otherwise ? { otherwise: this.record(otherwise) } : {}) }
    this.block.push({ kind: 'if', condition, ...branches })
  }

  /** @param condition may write statements of its own, which belong to the end of the body */
  doWhile(body: () => void, condition: () => Expr<'i32'>): void {
    let again: Expr<'i32'> = int(0)
    const block = this.record(() => {
      body()
      again = condition()
    })
    this.block.push({ kind: 'loop', body: block, condition: again })
  }

  private record(write: () => void): Statement[] {
    const outer = this.block
    const inner: Statement[] = []
    this.block = inner
    write()
    this.block = outer
    return inner
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
    const end = last.constant !== undefined || isLocal(last) ? last : this.let(last)
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
}
