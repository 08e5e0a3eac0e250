import { type CelError, type CelValue, isCelError, parse, plan, unparse } from '@bufbuild/cel'
import { celEnvironment } from './cel-environment.ts'
import { checkExpression, type Expression, type ExpressionProblem } from './check-expression.ts'
import { type Clause, decidingClauses } from './clauses.ts'
import type { Facts } from './facts.ts'
import { type Spending, type SpendingScope, sameScope } from './spending.ts'
import { readAsVariable, spentVariable } from './spent-call.ts'
import { syntaxProblem } from './syntax-problem.ts'
import type { Fact } from './vocabulary.ts'
import { holdsForSome } from './wildcard.ts'

const asTimestamp = plan(celEnvironment, parse('timestamp(iso)')) as (variables: { iso: string }) => CelValue | CelError

interface ConditionError {
  readonly error: string
}

/** A rule's `when`, parsed, type-checked and ready. */
export interface Condition {
  /** In one form, however it was spaced. */
  readonly source: string
  /** Or what earlier statements were estimated at, so that this one will have to be as well. */
  readonly readsEstimate: boolean
  /** What it asks about the past. */
  readonly spent: readonly SpendingScope[]
  /** Says `statement.understood` itself, so that it may allow what is not understood. */
  readonly namesUnderstood: boolean
  /**
   * Pure. `unknown` where the answer hangs on a fact that is not known, or differs between the tables that a wildcard
   * stands for: `estimate.bytes > gib(1) || true` is true whatever the estimate is, `estimate.bytes > gib(1)` is not.
   */
  test(facts: Facts): boolean | 'unknown' | ConditionError
  /** What the answer hangs on, for people to read. Plans each part anew: not for the way of a statement. */
  clauses(facts: Facts): readonly Clause[]
}

export function compileCondition(
  source: string,
  facts: Readonly<Record<string, Fact>>,
): { condition: Condition } | { problems: readonly ExpressionProblem[] } {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(source)
  } catch (error) {
    return { problems: [syntaxProblem(source, error)] }
  }
  const written = unparse(parsed)
  const { problems, unknowableIds, reads, spent } = checkExpression(parsed, facts)
  if (problems.length > 0) return { problems }
  for (const [index, { call }] of spent.entries()) readAsVariable(call, index)
  const scopes = spent.map(({ scope }) => scope)
  const readsTime = reads.has('time')
  const evaluate = plan(celEnvironment, parsed) as (variables: object) => CelValue | CelError
  const variablesOf = (facts: Facts): object => ({
    ...facts,
    ...(scopes.length > 0 ? spentVariables(scopes, facts.spent) : {}),
    ...(readsTime ? { time: withNow(facts.time) } : {}),
  })
  const condition: Condition = {
    source: written,
    readsEstimate: [...reads].some(path => /^estimate(\.|$)|^spent\(…\)\.(bytes|cost)$/.test(path)),
    spent: scopes,
    namesUnderstood: reads.has('statement.understood'),
    test: facts => answerOf(evaluate(variablesOf(facts)), unknowableIds),
    clauses(facts) {
      const variables = variablesOf(facts)
      const valueAt = (part: Expression, item: object = {}) => {
        const evaluatePart = plan(celEnvironment, { ...parsed, expr: part }) as (
          variables: object,
        ) => CelValue | CelError
        return evaluatePart({ ...variables, ...item })
      }
      return decidingClauses(source, parsed, {
        answer(part, item) {
          const answer = answerOf(valueAt(part, item), unknowableIds)
          return typeof answer === 'object' ? 'error' : answer
        },
        value(part) {
          const value = valueAt(part)
          return isCelError(value) ? undefined : value
        },
      })
    },
  }
  return { condition }
}

function answerOf(
  value: CelValue | CelError,
  unknowableIds: ReadonlySet<bigint>,
): boolean | 'unknown' | ConditionError {
  if (typeof value === 'boolean') return value
  if (!isCelError(value)) return { error: 'the expression is neither true nor false' }
  const error = allErrors(value).find(
    // Where CEL puts errors together, of the first one it keeps the words alone.
    ({ exprId, message }) => message !== holdsForSome && (exprId === undefined || !unknowableIds.has(exprId)),
  )
  return error ? { error: error.message } : 'unknown'
}

/** A timestamp takes longer to make than most rules take to answer, so only those that read the time get one. */
function withNow({ iso, ...time }: Facts['time']): object {
  return { ...time, now: asTimestamp({ iso }) }
}

function spentVariables(scopes: readonly SpendingScope[], known: readonly Spending[]): object {
  return Object.fromEntries(
    scopes.flatMap((scope, index) => {
      const spending = known.find(each => sameScope(each, scope))
      return spending ? [[spentVariable(index), spendingFacts(spending)]] : []
    }),
  )
}

function spendingFacts({ statements, rows, bytes, cost, failures, denials }: Spending) {
  const whole = { statements, rows, bytes, failures, denials }
  const facts = Object.entries(whole).map(([name, value]) => [name, BigInt(Math.ceil(value))])
  return { ...Object.fromEntries(facts), cost }
}

/** Where `&&` or `||` failed on both sides, the first error carries the others as its cause. */
function allErrors(error: CelError): CelError[] {
  const others = Array.isArray(error.cause) ? error.cause.filter(isCelError) : []
  return [error, ...others.flatMap(allErrors)]
}
