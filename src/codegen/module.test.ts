/** @file Tiny functions, assembled and run. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Expr, f32, f32x4, i32, i32x4, int, type Local, v128 } from './expr.ts'
import type { FunctionBuilder } from './module.ts'
import { WasmModule } from './wasm/module.ts'

const memoryOptions = { shared: false, maxPages: 1 } as const

/** Runs a function (a, b) that leaves its results in memory from byte 0 on. */
function run(
  body: (f: FunctionBuilder, p: { a: Local<'i32'>; b: Local<'i32'> }) => void,
  args: readonly number[] = [],
): { i32: Int32Array; f32: Float32Array } {
  const module = new WasmModule('simd')
  module.export(module.function('run', { a: 'i32', b: 'i32' }, body))
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes(memoryOptions)), {
    env: { memory },
  })
  ;(instance.exports.run as (...args: readonly number[]) => void)(...args)
  return { i32: new Int32Array(memory.buffer), f32: new Float32Array(memory.buffer) }
}

const at = (word: number) => int(word * 4)

/** The value of one expression. */
const evaluate = (value: (p: { a: Local<'i32'>; b: Local<'i32'> }) => Expr<'i32'>, ...args: number[]) =>
  run((f, p) => f.store(at(0), value(p)), args).i32[0]

/** The lanes of one vector expression. */
const lanes = (value: (f: FunctionBuilder) => Expr<'v128'>) => {
  const { f32: floats, i32: ints } = run((f) => f.store(at(0), value(f)))
  return { f32: [...floats.subarray(0, 4)], i32: [...ints.subarray(0, 4)] }
}

describe('i32', () => {
  const binary = ['add', 'sub', 'mul', 'and', 'or', 'xor', 'shl', 'shrU', 'divU', 'divS', 'remU'] as const

  it.each(binary)('%s gives the same bits folded and at run time', (name) => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (x, y) => {
        const defined = !name.startsWith('div') && name !== 'remU' ? true : y !== 0 && !(x === -(2 ** 31) && y === -1)
        const shift = name.startsWith('sh') ? y & 31 : y
        return !defined || evaluate(() => i32[name](x, shift)) === evaluate(({ a, b }) => i32[name](a, b), x, shift)
      }),
      { numRuns: 20 },
    )
  })

  it('leaves out what changes nothing', () => {
    const x = int(5)
    expect([i32.add(x, 0), i32.add(0, x), i32.sub(x, 0), i32.mul(x, 1), i32.mul(1, x)]).toEqual(Array(5).fill(x))
  })

  it('compares and selects', () => {
    expect(evaluate(({ a, b }) => i32.ltS(a, b), -1, 1)).toBe(1)
    expect(evaluate(({ a, b }) => i32.ltU(a, b), -1, 1)).toBe(0)
    expect(evaluate(({ a, b }) => i32.minS(a, b), 7, -3)).toBe(-3)
    expect(evaluate(({ a }) => i32.select(10, 20, i32.eqz(a)), 0)).toBe(10)
  })
})

describe('control flow', () => {
  const count = (body: (f: FunctionBuilder, tick: () => void, n: Local<'i32'>) => void, n = 0) =>
    run(
      (f, { a }) => {
        const ticks = f.let(int(0))
        body(f, () => f.inc(ticks, 1), a)
        f.store(at(0), ticks)
      },
      [n],
    ).i32[0]

  it.each([0, 1, 2, 7])('repeats %i times, known or not', (n) => {
    expect(count((f, tick) => f.repeat(n, tick))).toBe(n)
    expect(count((f, tick, a) => f.repeat(a, tick), n)).toBe(n)
  })

  it('repeats nothing for a negative count', () => {
    expect(count((f, tick, a) => f.repeat(a, tick), -2)).toBe(0)
  })

  it.each([
    [0, 10, 3, 4],
    [0, 9, 3, 3],
    [5, 5, 1, 0],
    [6, 5, 1, 0],
    [-2, 2, 2, 2],
  ])('ranges from %i to %i by %i', (from, to, step, expected) => {
    expect(count((f, tick) => f.range(from, to, step, tick))).toBe(expected)
    expect(count((f, tick, a) => f.range(from, a, step, tick), to)).toBe(expected)
    expect(count((f, tick, a) => f.range(from, i32.add(a, 1), step, tick), to - 1)).toBe(expected)
  })

  it('takes one branch', () => {
    const branch = (a: number) =>
      run(
        (f, p) =>
          f.if(
            p.a,
            () => f.store(at(0), int(1)),
            () => f.store(at(0), int(2)),
          ),
        [a],
      )
    expect([branch(5).i32[0], branch(0).i32[0]]).toEqual([1, 2])
  })
})

describe('memory', () => {
  it('stores bytes, words and vectors at offsets, fills and copies', () => {
    const { i32: words } = run((f) => {
      f.store(at(0), i32x4.lanes(1, 2, 3, 4), 16)
      f.store8(at(0), int(0x1ff), 1)
      f.copy(at(8), at(4), 16)
      f.zero(at(4), 8)
    })
    expect([...words.subarray(0, 12)]).toEqual([0xff00, 0, 0, 0, 0, 0, 3, 4, 1, 2, 3, 4])
  })

  it('refuses negative offsets', () => {
    expect(() => v128.load(int(0), -16)).toThrow(/negative, received: -16/)
    expect(() => run((f) => f.store(int(0), int(0), -4))).toThrow(/negative, received: -4/)
  })
})

describe('vectors', () => {
  const counting = (f: FunctionBuilder) => f.let(i32x4.lanes(0, 1, 2, 3))

  it('shuffles, replaces and extracts lanes', () => {
    expect(lanes((f) => v128.shuffle(counting(f), i32x4.lanes(4, 5, 6, 7), [7, 0, 4, 3])).i32).toEqual([7, 0, 4, 3])
    const replaced = f32x4.replaceLane(f32x4.const(1), 2, f32x4.extractLane(f32x4.const(9), 3))
    expect(lanes(() => replaced).f32).toEqual([1, 1, 9, 1])
  })

  it('keeps the order of operands', () => {
    const [six, two] = [f32x4.const(6), f32x4.const(2)]
    expect(lanes(() => f32x4.sub(six, two)).f32[0]).toBe(4)
    expect(lanes(() => f32x4.div(six, two)).f32[0]).toBe(3)
    expect(lanes(() => v128.andnot(i32x4.const(6), i32x4.const(2))).i32[0]).toBe(4)
    expect(lanes(() => v128.bitselect(six, two, i32x4.const(-1))).f32[0]).toBe(6)
  })

  it('keeps NaN visible where it says so', () => {
    const nan = f32x4.const(Number.NaN)
    expect(lanes(() => f32x4.pmax(nan, f32x4.const(0))).f32[0]).toBeNaN()
    expect(lanes(() => f32x4.pmax(f32x4.const(0), nan)).f32[0]).toBe(0)
  })

  it('multiplies and adds', () => {
    const [a, b, c] = [f32x4.const(2), f32x4.const(3), f32x4.const(10)]
    expect(lanes((f) => f.module.madd(a, b, c)).f32[0]).toBe(16)
    expect(lanes((f) => f.module.nmadd(a, b, c)).f32[0]).toBe(4)
  })

  it('splats floats', () => {
    expect(lanes(() => f32x4.splat(f32.const(0.5))).f32).toEqual([0.5, 0.5, 0.5, 0.5])
  })
})

describe('modules', () => {
  it('keep locals of mixed types apart', () => {
    const { f32: floats, i32: ints } = run((f) => {
      const locals = [f.let(int(1)), f.let(f32x4.const(2)), f.let(int(3)), f.let(f32.const(4))] as const
      locals.forEach((local, i) => {
        f.store(at(i * 4), local)
      })
    })
    expect([ints[0], floats[4], ints[8], floats[12]]).toEqual([1, 2, 3, 4])
  })

  it('call functions that are written while another is being written, and share them by name', () => {
    const { i32: words } = run((f) => {
      const double = () =>
        f.module.shared('double', () =>
          f.module.function('double', { to: 'i32', x: 'i32' }, (g, p) => g.store(p.to, i32.mul(p.x, 2))),
        )
      expect(double()).toBe(double())
      f.call(double(), at(0), 21)
      f.call(double(), at(1), 4)
    })
    expect([...words.subarray(0, 2)]).toEqual([42, 8])
  })

  it('refuse a second function of the same name and wrong numbers of arguments', () => {
    const module = new WasmModule('simd')
    const callee = module.function('f', { a: 'i32' }, () => {})
    expect(() => module.function('f', {}, () => {})).toThrow(/declared twice/)
    expect(() => module.function('g', {}, (g) => g.call(callee))).toThrow(/takes 1 arguments/)
  })

  it('carry the names of their functions', () => {
    const module = new WasmModule('simd')
    module.function('matmul.f32→', {}, () => {})
    const compiled = new WebAssembly.Module(module.toBytes(memoryOptions))
    const [section] = WebAssembly.Module.customSections(compiled, 'name')
    expect(new TextDecoder().decode(section)).toContain('matmul.f32→')
    expect(WebAssembly.Module.exports(compiled)).toEqual([])
  })

  it('validate with atomics on shared memory', () => {
    const module = new WasmModule('simd')
    module.function('sync', { address: 'i32' }, (f, { address }) => {
      f.atomicStore(address, i32.add(i32.atomicLoad(address), 1))
      f.drop(i32.atomicAdd(address, 1, 4))
      f.drop(i32.atomicWait(address, int(0), 0, 1))
      f.drop(i32.atomicNotify(address, 1))
    })
    expect(WebAssembly.validate(module.toBytes({ ...memoryOptions, shared: true }))).toBe(true)
    const memory = { initial: 1, maximum: 1 }
    const instantiate = (shared: boolean) =>
      new WebAssembly.Instance(new WebAssembly.Module(module.toBytes({ ...memoryOptions, shared: true })), {
        env: { memory: new WebAssembly.Memory({ ...memory, shared }) },
      })
    expect(() => instantiate(true)).not.toThrow()
    expect(() => instantiate(false)).toThrow(WebAssembly.LinkError)
  })
})
