import type { Decision, Limits } from './decision.ts'
import type { LoadedPolicy, Rule } from './policy.ts'

/** Of all rules that hold: what an approval takes, and how long one is waited for. */
export function holdTerms(policy: LoadedPolicy, deciding: readonly Rule[]): Partial<Decision> {
  const expiries = deciding.map(rule => rule.expiresSeconds ?? policy.defaults.expiresSeconds)
  return {
    ...(deciding.some(rule => rule.stepUp) && { stepUp: true as const }),
    ...(deciding.every(rule => rule.breakGlass !== false) &&
      policy.releasers.length > 0 && { releasers: policy.releasers }),
    ...(deciding.some(rule => rule.approvalReason) && { approvalReason: true as const }),
    ...earliest(deciding),
    expiresSeconds: Math.min(...(expiries.length > 0 ? expiries : [policy.defaults.expiresSeconds])),
  }
}

/** Of all rules that decide: the lowest of each. */
export function lowestLimits(rules: readonly Rule[], defaults: Limits): Limits {
  const least = (member: keyof Limits) =>
    Math.min(
      ...rules.map(rule => rule.limits[member] ?? defaults[member]),
      ...(rules.length > 0 ? [] : [defaults[member]]),
    )
  return { rows: least('rows'), bytes: least('bytes'), seconds: least('seconds') }
}

/** Of all rules that hold: the shortest life of an approval, every window, and the reminders of the first that has some. */
function earliest(
  deciding: readonly Rule[],
): Pick<Decision, 'approvalExpiresSeconds' | 'approveWithin' | 'remindSeconds'> {
  const reminding = deciding.find(rule => rule.remindSeconds)
  const lives = deciding.flatMap(rule => rule.approvalExpiresSeconds ?? [])
  const windows = deciding.flatMap(rule => rule.approveWithin ?? [])
  return {
    ...(lives.length > 0 && { approvalExpiresSeconds: Math.min(...lives) }),
    ...(reminding?.remindSeconds && { remindSeconds: reminding.remindSeconds }),
    ...(windows.length > 0 && { approveWithin: windows }),
  }
}
