import { withoutLiterals } from '../classify/without-literals.ts'
import type { Hold, HoldTerms } from '../hold/hold.ts'
import type { Dialect } from '../statement.ts'
import { subject } from './facts.ts'

const notRead = '(not shown here: its values cannot be told from the rest for certain)'

/**
 * A hold as it is shown where others than its reviewers read along: whole, or, where the policy hides literals, without the values
 * that stand in the statement, its binds and what was made of them. For showing only: it is not what was signed.
 */
export function inChannel(hold: Hold): Hold {
  if (!hold.terms.decision.hidesLiterals) return hold
  const { terms, outcome } = hold
  const { dialect } = terms.statement
  const { message: _, wayBack, ...rest } = outcome ?? {}
  const shown = {
    ...rest,
    ...(outcome?.error === undefined ? {} : { message: messageOf(outcome) }),
    ...(wayBack === undefined ? {} : { wayBack: sqlInChannel(wayBack, dialect) }),
  }
  return { ...hold, terms: termsInChannel(terms), ...(outcome ? { outcome: shown } : {}) }
}

export function termsInChannel(terms: HoldTerms): HoldTerms {
  if (!terms.decision.hidesLiterals) return terms
  const { statement, classification } = terms
  const { outputs, cause } = classification
  return {
    ...terms,
    statement: {
      ...statement,
      sql: sqlInChannel(statement.sql, statement.dialect),
      binds: [],
      parameters: Object.fromEntries(Object.keys(statement.parameters).map(name => [name, '?'])),
    },
    classification: {
      ...classification,
      summary: `is ${subject(classification)}; its values are shown to reviewers only`,
      ...(cause === undefined ? {} : { cause: 'the cause is shown to reviewers only' }),
      // A column without a name of its own is called by its text.
      outputs:
        outputs === null
          ? null
          : outputs.map(output => ({ ...output, name: /^[\w$]+$/.test(output.name) ? output.name : '?' })),
    },
  }
}

export function sqlInChannel(sql: string, dialect: Dialect): string {
  return withoutLiterals(sql, dialect) ?? notRead
}

/** What the warehouse says may quote a value. Who killed a statement said why in their own words. */
function messageOf({ error, message }: NonNullable<Hold['outcome']>): string {
  return error === 'killed' && message !== undefined ? message : 'why is in the session'
}
