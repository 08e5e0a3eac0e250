import type { parse } from '@bufbuild/cel'
import { oneOf } from '../config/problem.ts'
import { callType } from './functions.ts'
import type { SpendingScope } from './spending.ts'
import { spentScope } from './spent-call.ts'
import {
  any,
  bool,
  comparable,
  double,
  type Fact,
  type FactType,
  int,
  listOf,
  spending,
  string,
  typeInWords,
} from './vocabulary.ts'

export type Expression = ReturnType<typeof parse>['expr']
type Parsed = ReturnType<typeof parse>

export interface ExpressionProblem {
  /** Characters from the start of the expression. */
  readonly offset: number
  readonly message: string
}

interface CheckedExpression {
  readonly problems: readonly ExpressionProblem[]
  /** Ids of the expressions that read a fact which may not be known. */
  readonly unknowableIds: ReadonlySet<bigint>
  /** Every fact that is read, by its path: `statement.writes`. */
  readonly reads: ReadonlySet<string>
  /** Every call of `spent`, with what it asks for. */
  readonly spent: readonly { readonly call: Expression; readonly scope: SpendingScope }[]
}

/**
 * Type-checks an expression against the vocabulary. The CEL library parses and evaluates but resolves names only when
 * the expression runs, and a rule with a misspelt name must not wait for that. Comparing with a word that can never
 * occur (`"unlod" in statement.hazards`) is a problem as well: such a rule would silently never match.
 */
export function checkExpression(parsed: Parsed, facts: Readonly<Record<string, Fact>>): CheckedExpression {
  const checker = new Checker(parsed, facts)
  const type = checker.typeOf(parsed.expr)
  if (type.kind !== 'bool' && type.kind !== 'any')
    checker.report(parsed.expr, `is ${typeInWords(type)}, but a condition must be true or false`)
  return checker
}

const maxNesting = 3

export class Checker implements CheckedExpression {
  readonly problems: ExpressionProblem[] = []
  readonly unknowableIds = new Set<bigint>()
  readonly reads = new Set<string>()
  readonly spent: { call: Expression; scope: SpendingScope }[] = []
  readonly parsed: Parsed
  readonly #positions: Readonly<Record<string, number>>
  readonly #facts: Readonly<Record<string, Fact>>
  #scope: ReadonlyMap<string, FactType> = new Map()
  #nesting = 0

  constructor(parsed: Parsed, facts: Readonly<Record<string, Fact>>) {
    this.parsed = parsed
    this.#facts = facts
    this.#positions = parsed.sourceInfo?.positions ?? {}
  }

  report(expression: Expression, message: string): FactType {
    this.problems.push({ offset: this.#offset(expression), message })
    return any
  }

  /** A selection's own position is its dot, a method call's its name; both are shown from their first word on. */
  #offset(expression: Expression): number {
    const { case: kind, value } = expression.exprKind
    if (kind === 'selectExpr' && value.operand) return this.#offset(value.operand)
    if (kind === 'callExpr') {
      const first =
        value.target ?? (/^_.+_$/.test(value.function) || value.function === '@in' ? value.args[0] : undefined)
      if (first) return this.#offset(first)
    }
    if (kind === 'comprehensionExpr' && value.iterRange) return this.#offset(value.iterRange)
    return this.#positions[String(expression.id)] ?? 0
  }

  typeOf(expression: Expression): FactType {
    const { case: kind, value } = expression.exprKind
    switch (kind) {
      case 'constExpr':
        return this.#constant(expression)
      case 'identExpr':
        return this.#variable(expression, value.name)
      case 'selectExpr':
        return this.#field(expression)
      case 'callExpr': {
        if (value.function === 'spent') return this.#spent(expression)
        const target = value.target && this.typeOf(value.target)
        return callType(
          this,
          expression,
          value.function,
          target,
          value.args,
          value.args.map(arg => this.typeOf(arg)),
        )
      }
      case 'listExpr':
        return this.#list(value.elements)
      case 'comprehensionExpr':
        return this.#comprehension(expression)
      default:
        return this.report(expression, 'maps and messages ("{…}") are not part of the policy language')
    }
  }

  #spent(call: Expression): FactType {
    const scope = spentScope(call)
    if (typeof scope === 'string') return this.report(call, scope)
    this.spent.push({ call, scope })
    this.unknowableIds.add(call.id)
    return spending
  }

  #constant(expression: Expression): FactType {
    const constant = expression.exprKind.case === 'constExpr' ? expression.exprKind.value.constantKind.case : undefined
    switch (constant) {
      case 'boolValue':
        return bool
      case 'int64Value':
        return int
      case 'doubleValue':
        return double
      case 'stringValue':
        return string
      case 'nullValue':
        return this.report(
          expression,
          'nothing is ever null; ask has(…) whether a number is known, or compare text with ""',
        )
      default:
        return this.report(expression, 'write a plain number or text')
    }
  }

  #variable(expression: Expression, name: string): FactType {
    const local = this.#scope.get(name)
    if (local) return local
    const fact = Object.hasOwn(this.#facts, name) ? this.#facts[name] : undefined
    if (!fact)
      return this.report(
        expression,
        `no such variable "${name}"${oneOf(name, [...this.#scope.keys(), ...Object.keys(this.#facts)].filter(isWord))}`,
      )
    this.reads.add(name)
    return fact.type
  }

  #field(expression: Expression): FactType {
    const { case: kind, value } = expression.exprKind
    if (kind !== 'selectExpr' || !value.operand) return any
    const owner = this.typeOf(value.operand)
    if (owner.kind === 'any') return any
    const path = [pathOf(value.operand) ?? '…', value.field].join('.')
    if (owner.kind !== 'record') {
      const calls =
        owner.kind === 'list' ? '; write size(), exists(x, condition on x) or all(x, condition on x) after it' : ''
      return this.report(expression, `"${path}": ${typeInWords(owner)} has no fields${calls}`)
    }
    const field = Object.hasOwn(owner.fields, value.field) ? owner.fields[value.field] : undefined
    if (!field) {
      const prefix = path.slice(0, -value.field.length)
      return this.report(
        expression,
        `no such field "${path}"${oneOf(value.field, Object.keys(owner.fields).filter(isWord)).replace('"', `"${prefix}`)}`,
      )
    }
    this.reads.add(path)
    if (value.testOnly && !field.mayBeUnknown)
      this.report(expression, `"${path}" is always there; ask what it is, without has(…)`)
    if (field.mayBeUnknown && !value.testOnly) this.unknowableIds.add(expression.id)
    return value.testOnly ? bool : field.type
  }

  #list(elements: readonly Expression[]): FactType {
    const types = elements.map(element => this.typeOf(element))
    const [first = any] = types
    types.forEach((type, i) => {
      const element = elements[i]
      if (element && !comparable(first, type))
        this.report(element, `is ${typeInWords(type)}, but the list starts with ${typeInWords(first)}`)
    })
    return listOf(first)
  }

  /** What `all`, `exists`, `exists_one`, `filter` and `map` become. */
  #comprehension(expression: Expression): FactType {
    const { case: kind, value } = expression.exprKind
    if (kind !== 'comprehensionExpr') return any
    const { iterRange, accuInit, loopStep, loopCondition, result, iterVar, accuVar } = value
    if (!iterRange || !accuInit || !loopStep || !loopCondition || !result) return any
    const range = this.typeOf(iterRange)
    if (range.kind !== 'list' && range.kind !== 'any')
      return this.report(expression, `is ${typeInWords(range)}; all, exists, filter and map need a list`)
    if (++this.#nesting > maxNesting)
      this.report(expression, `all, exists, filter and map may be nested ${maxNesting} deep at most`)
    const before = this.#scope
    const accumulator = this.typeOf(accuInit)
    this.#scope = new Map([...before, [accuVar, accumulator], [iterVar, range.kind === 'list' ? range.of : any]])
    const step = this.typeOf(loopStep)
    const sharpened = accumulator.kind === 'list' ? step : accumulator
    this.#scope = new Map([...this.#scope, [accuVar, sharpened]])
    const type = this.typeOf(result)
    this.#scope = before
    this.#nesting--
    return type
  }
}

function isWord(name: string): boolean {
  return /^[a-z]\w*$/i.test(name)
}

function pathOf(expression: Expression): string | undefined {
  const { case: kind, value } = expression.exprKind
  if (kind === 'identExpr') return value.name
  if (kind === 'selectExpr' && value.operand) {
    const parent = pathOf(value.operand)
    return parent && `${parent}.${value.field}`
  }
  if (kind === 'callExpr' && value.function === 'spent') return 'spent(…)'
  return undefined
}
