import type { Dialect } from '../../statement.ts'
import type { Classification } from '../classification.ts'
import { shorten } from '../describe.ts'

/** Of a text that nobody read nothing is known but why, and what is odd about it where two lexers could read it differently. */
export function notJudged(
  dialect: Dialect,
  cause: string,
  summary: string,
  ambiguous: false | string = false,
): Classification {
  return {
    dialect,
    understood: false,
    cause,
    statements: 0,
    kind: 'other',
    kinds: [],
    reads: [],
    writes: [],
    outputs: null,
    filters: [],
    hazards: ambiguous ? ['ambiguous_text', 'not_understood'] : ['not_understood'],
    harmless: false,
    gate: { ambiguous },
    summary: shorten(summary),
  }
}
