import { didYouMean } from '../config/problem.ts'

/** A window is kept by a clock of its own, which knows no zone by a bare distance such as 02:00. */
export function zoneProblem(text: string): string | undefined {
  if (isZone(text)) return undefined
  return `there is no time zone "${text.slice(0, 64)}"${didYouMean(text, Intl.supportedValuesOf('timeZone'))}`
}

/** What is wrong with the written-out text of a time zone, moment or length of time; a rule with it could never be evaluated. */
export const literalProblems = {
  zone(text: string): string | undefined {
    return /^[+-]?(0\d|1[0-4]):[0-5]\d$/.test(text) ? undefined : zoneProblem(text)
  },
  timestamp(text: string): string | undefined {
    const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/
    if (form.test(text) && isDay(text.slice(0, 10)) && Number.isFinite(Date.parse(text))) return undefined
    return `"${text.slice(0, 64)}" is no moment; write it as timestamp("2026-12-24T00:00:00Z")`
  },
  duration(text: string): string | undefined {
    if (/^-?(\d+(\.\d+)?(h|m|s|ms|us|ns))+$/.test(text)) return undefined
    return `"${text.slice(0, 64)}" is no length of time; write it as duration("90m"), with h, m or s`
  },
} as const

/** `2026-11-21`, of a day that there is: Date takes 31 February for 3 March. */
export function isDay(text: string): boolean {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(text)
}

function isZone(text: string): boolean {
  try {
    return text !== '' && new Intl.DateTimeFormat('en', { timeZone: text }) !== undefined
  } catch {
    return false
  }
}
