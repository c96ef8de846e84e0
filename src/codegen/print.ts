/** @file Functions as text, for people: DEBUG=6 prints it, and tests keep it. */
import type { Expr, Local } from './expr.ts'
import type { FunctionBuilder, Statement } from './module.ts'
import type { Operation } from './operations.ts'

/** `name(x: i32, y: i32) { ... }`, one statement a line. */
export function printFunction(f: FunctionBuilder): string {
  const params = Object.entries(f.params)
  const names = [...params.map(([name]) => name), ...f.locals.map((type, i) => `${LETTER[type]}${params.length + i}`)]
  const show = new Printer(names)
  const head = params.map(([name, type]) => `${name}: ${type}`).join(', ')
  return [`${f.name}(${head}) {`, ...show.block(f.body, '  '), '}'].join('\n')
}

const LETTER = { i32: 'i', i64: 'l', f32: 'f', v128: 'v' } as const

/** Written between its operands. What is done to vectors looks the same: the letters of the locals tell. */
const INFIX: { readonly [O in Operation]?: string } = {
  'i32.add': '+',
  'i32.sub': '-',
  'i32.mul': '*',
  'i32.and': '&',
  'i32.or': '|',
  'i32.xor': '^',
  'i32.shl': '<<',
  'i32.shr_s': '>>',
  'i32.shr_u': '>>>',
  'i32.eq': '==',
  'i32.ne': '!=',
  'i32.lt_s': '<',
  'i32.gt_s': '>',
  'i32.le_s': '<=',
  'i32.ge_s': '>=',
  'f32.add': '+',
  'f32.sub': '-',
  'f32.mul': '*',
  'f32.div': '/',
  'f32.gt': '>',
  'f32x4.add': '+',
  'f32x4.sub': '-',
  'f32x4.mul': '*',
  'f32x4.div': '/',
  'f32x4.eq': '==',
  'f32x4.lt': '<',
  'f32x4.gt': '>',
  'f32x4.ge': '>=',
  'v128.and': '&',
  'v128.or': '|',
  'v128.xor': '^',
}

class Printer {
  private readonly names: readonly string[]

  constructor(names: readonly string[]) {
    this.names = names
  }

  block(block: readonly Statement[], indent: string): string[] {
    return block.flatMap((statement) => this.statement(statement, indent))
  }

  private statement(statement: Statement, indent: string): string[] {
    const inner = `${indent}  `
    switch (statement.kind) {
      case 'set':
        return [`${indent}${this.local(statement.local)} = ${this.whole(statement.value)}`]
      case 'store':
        return [
          `${indent}${statement.op}${this.place(statement.address, statement.offset)} = ${this.whole(statement.value)}`,
        ]
      case 'call':
        return [`${indent}${statement.callee.name}(${this.list(statement.args)})`]
      case 'if': {
        const { body, otherwise } = statement
        const other = otherwise ? [`${indent}} else {`, ...this.block(otherwise, inner)] : []
        return [
          `${indent}if (${this.whole(statement.condition)}) {`,
          ...this.block(body, inner),
          ...other,
          `${indent}}`,
        ]
      }
      case 'loop':
        return [
          `${indent}do {`,
          ...this.block(statement.body, inner),
          `${indent}} while (${this.whole(statement.condition)})`,
        ]
      case 'zero':
        return [`${indent}zero(${this.list([statement.address, statement.bytes])})`]
      case 'copy':
        return [`${indent}copy(${this.list([statement.to, statement.from, statement.bytes])})`]
      case 'drop':
        return [`${indent}${this.whole(statement.value)}`]
      case 'trap':
        return [`${indent}trap`]
    }
  }

  private local({ imm }: Local): string {
    return this.names[imm]
  }

  private list(args: readonly Expr[]): string {
    return args.map((arg) => this.whole(arg)).join(', ')
  }

  /** `[i7 + 64]` */
  private place(address: Expr, offset: number): string {
    return `[${this.whole(address)}${offset ? ` + ${offset}` : ''}]`
  }

  private whole({ kind, op, args, imm, values }: Expr): string {
    switch (kind) {
      case 'local':
        return this.names[imm]
      case 'const':
        return new Set(values).size === 1 ? String(values[0]) : `{${values.join(', ')}}`
      case 'op': {
        const sign = INFIX[op as Operation]
        if (sign) return args.map((arg) => this.part(arg)).join(` ${sign} `)
        return `${op}(${this.list(args)})`
      }
      case 'lane':
        return `${op} ${imm}(${this.list(args)})`
      case 'shuffle':
        return `shuffle ${values.join(' ')}(${this.list(args)})`
      case 'load': {
        const [address, ...others] = args
        return `${op}${this.place(address, imm)}${others.length ? `(${this.list(others)})` : ''}`
      }
    }
  }

  /** In brackets where it is written with a sign of its own. */
  private part(expr: Expr): string {
    const isInfix = expr.kind === 'op' && INFIX[expr.op as Operation] !== undefined
    return isInfix ? `(${this.whole(expr)})` : this.whole(expr)
  }
}
