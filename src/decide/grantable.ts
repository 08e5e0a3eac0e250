import { canonicalJson, sha256 } from '../statement.ts'
import type { RuleTrace } from './decide.ts'
import type { Decision, GrantBounds } from './decision.ts'
import type { LoadedPolicy } from './policy.ts'

/**
 * What approvers may grant of a hold: the least of what each rule that holds says. Nothing where one of them says nothing, or
 * holds only because a number is not known; nor where no rule matches. Pure.
 */
export function grantable({ defaults }: LoadedPolicy, traces: readonly RuleTrace[]): Pick<Decision, 'grants'> {
  const holding = traces.filter(({ rule, takesEffect }) => takesEffect && rule.effect === 'hold')
  const bounds = holding.flatMap(({ rule, result }) => (rule.grants && result === 'matched' ? [rule.grants] : []))
  if (bounds.length === 0 || bounds.length < holding.length) return {}
  const [bytes, rows] = [least(bounds, 'bytes'), least(bounds, 'rows')]
  // An allow that was outweighed may have named the role.
  const rules = traces.filter(({ takesEffect }) => takesEffect).map(({ rule }) => rule.digest)
  return {
    grants: {
      seconds: Math.min(...bounds.map(({ seconds }) => seconds)),
      uses: Math.min(...bounds.map(({ uses }) => uses)),
      ...(bytes === undefined ? {} : { bytes }),
      ...(rows === undefined ? {} : { rows }),
      rules: sha256(canonicalJson([rules, defaults])),
    },
  }
}

function least(bounds: readonly GrantBounds[], member: 'bytes' | 'rows'): number | undefined {
  const said = bounds.flatMap(bound => bound[member] ?? [])
  return said.length === 0 ? undefined : Math.min(...said)
}
