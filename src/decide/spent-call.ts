import { parse } from '@bufbuild/cel'
import { durationPattern, durationSeconds } from '../config/units.ts'
import type { Expression } from './check-expression.ts'
import { textOf } from './check-text.ts'
import type { SpendingScope } from './spending.ts'

/** How far back a rule may look: what is older may be gone from the record. */
const maxSeconds = 31 * 86_400

/** `agent.spent("24h")` or `group("analysts").spent("24h")`; else what to write instead. */
export function spentScope({ exprKind }: Expression): SpendingScope | string {
  const call = exprKind.case === 'callExpr' ? exprKind.value : undefined
  const [window, ...more] = call?.args ?? []
  const text = window && textOf(window)
  const whose = call?.target && scopeOwner(call.target)
  if (!whose || text === undefined || more.length > 0)
    return 'write it as agent.spent("24h") or group("analysts").spent("24h"), the window and the group as text'
  if (!new RegExp(durationPattern).test(text) || durationSeconds(text) > maxSeconds)
    return `"${text.slice(0, 64)}" is no window; write a duration with its unit: s, m, h or d, at most 31d`
  return { ...whose, seconds: durationSeconds(text) }
}

function scopeOwner({ exprKind }: Expression): { group?: string } | undefined {
  if (exprKind.case === 'identExpr') return exprKind.value.name === 'agent' ? {} : undefined
  if (exprKind.case !== 'callExpr' || exprKind.value.function !== 'group' || exprKind.value.target) return undefined
  const [name, ...more] = exprKind.value.args
  const group = name && textOf(name)
  return group && more.length === 0 ? { group } : undefined
}

/**
 * A condition is pure, and what was spent is counted before it is evaluated: in the place of each call stands a variable, which
 * no rule can name. It keeps the call's id, so that its want is told from an error.
 */
export function readAsVariable(call: Expression, index: number): void {
  const { expr } = parse(spentVariable(index).slice(1))
  if (expr?.exprKind.case !== 'identExpr') throw new Error('a name is no longer read as a name')
  expr.exprKind.value.name = spentVariable(index)
  call.exprKind = expr.exprKind
}

export const spentVariable = (index: number) => `@spent_${index}`
