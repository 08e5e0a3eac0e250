import {
  type CelError,
  CelScalar,
  type CelValue,
  celEnv,
  celFunc,
  celMethod,
  isCelError,
  parse,
  plan,
} from '@bufbuild/cel'
import { checkExpression, type ExpressionProblem } from './check-expression.ts'
import type { Facts } from './facts.ts'
import { globMatches } from './pattern.ts'
import type { Fact } from './vocabulary.ts'

const { STRING, BOOL, INT, DOUBLE } = CelScalar

const binaryUnit = (name: string, factor: number) => [
  celFunc(name, [INT], INT, n => n * BigInt(factor)),
  celFunc(name, [DOUBLE], INT, n => BigInt(Math.ceil(n * factor))),
]

/** CEL's own `matches` takes an unanchored regular expression, which lets `X.Y` match more than it says; ours takes a glob. */
const environment = celEnv({
  funcs: [
    celMethod('matches', STRING, [STRING], BOOL, function (glob) {
      return globMatches(glob, this)
    }),
    ...binaryUnit('mib', 2 ** 20),
    ...binaryUnit('gib', 2 ** 30),
    ...binaryUnit('tib', 2 ** 40),
  ],
})

const asTimestamp = plan(environment, parse('timestamp(iso)')) as (variables: { iso: string }) => CelValue | CelError

export interface ConditionError {
  readonly error: string
}

/** A rule's `when`, parsed, type-checked and ready. */
export interface Condition {
  readonly readsEstimate: boolean
  /** Says `statement.understood` itself, so that it may allow what is not understood. */
  readonly namesUnderstood: boolean
  /**
   * Pure. `unknown` where the answer hangs on a fact that is not known: `estimate.bytes > gib(1) || true` is true
   * whatever the estimate is, `estimate.bytes > gib(1)` is not.
   */
  test(facts: Facts): boolean | 'unknown' | ConditionError
}

export function compileCondition(
  source: string,
  facts: Readonly<Record<string, Fact>>,
): { condition: Condition } | { problems: readonly ExpressionProblem[] } {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(source)
  } catch (error) {
    return { problems: [syntaxProblem(error)] }
  }
  const { problems, unknowableIds, reads } = checkExpression(parsed, facts)
  if (problems.length > 0) return { problems }
  const evaluate = plan(environment, parsed) as (variables: object) => CelValue | CelError
  const condition: Condition = {
    readsEstimate: [...reads].some(path => path === 'estimate' || path.startsWith('estimate.')),
    namesUnderstood: reads.has('statement.understood'),
    test({ time: { iso, ...time }, ...rest }) {
      const value = evaluate({ ...rest, time: { ...time, now: asTimestamp({ iso }) } })
      if (typeof value === 'boolean') return value
      if (!isCelError(value)) return { error: 'the expression is neither true nor false' }
      const error = allErrors(value).find(({ exprId }) => exprId === undefined || !unknowableIds.has(exprId))
      return error ? { error: error.message } : 'unknown'
    },
  }
  return { condition }
}

/** Where `&&` or `||` failed on both sides, the first error carries the others as its cause. */
function allErrors(error: CelError): CelError[] {
  const others = Array.isArray(error.cause) ? error.cause.filter(isCelError) : []
  return [error, ...others.flatMap(allErrors)]
}

function syntaxProblem(error: unknown): ExpressionProblem {
  const offset = (error as { location?: { start?: { offset?: number } } }).location?.start?.offset ?? 0
  return {
    offset,
    message: 'this is not a CEL expression from here on; look at quotes, brackets and operators (&&, ||, !, ==, in)',
  }
}
