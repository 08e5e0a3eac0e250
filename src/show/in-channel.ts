import { withoutLiterals, withoutPath } from '../classify/without-literals.ts'
import type { Reason } from '../decide/decision.ts'
import type { Hold, HoldTerms } from '../hold/hold.ts'
import type { PinnedSoFar } from '../pinned/pinned-so-far.ts'
import type { SessionSummary } from '../record/event.ts'
import type { Dialect } from '../statement.ts'
import { subject } from './facts.ts'

const hiddenCause = 'the cause is shown to reviewers only'
const notRead = '(not shown here: its values cannot be told from the rest for certain)'

/**
 * A hold as it is shown where others than its reviewers read along: whole, or, where the policy hides literals, without the values
 * and paths that stand in the statement, its binds and what was made of them. For showing only: it is not what was signed.
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
  const { statement, classification, decision, grantable } = terms
  const { reads, writes, filters, outputs, cause } = classification
  const named = { reads: reads.map(withoutPath), writes: writes.map(withoutPath), filters: filters.map(withoutPath) }
  return {
    ...terms,
    ...(grantable ? { grantable: { ...grantable, shape: sqlInChannel(grantable.shape, statement.dialect) } } : {}),
    // Whoever knows the rest of what it is made of could try values until it matches.
    digest: 'shown to reviewers only',
    decision: { ...decision, reasons: decision.reasons.map(reasonInChannel) },
    statement: {
      ...statement,
      sql: sqlInChannel(statement.sql, statement.dialect),
      binds: [],
      parameters: Object.fromEntries(Object.keys(statement.parameters).map(name => [name, '?'])),
      ...(statement.transaction ? { transaction: transactionInChannel(statement.transaction) } : {}),
      ...(statement.temporary ? { temporary: transactionInChannel(statement.temporary) } : {}),
    },
    classification: {
      ...{ ...classification, ...named },
      summary: `is ${subject({ ...classification, ...named })}; its values are shown to reviewers only`,
      ...(cause === undefined ? {} : { cause: hiddenCause }),
      // A column without a name of its own is called by its text.
      outputs:
        outputs === null
          ? null
          : outputs.map(({ name, sources, ...output }) => ({
              ...{ ...output, name: /^[a-z_$][\w$]*$/i.test(name) ? name : '?' },
              sources: sources.map(withoutPath),
            })),
    },
  }
}

/** What came before is named; what it said holds values too. */
function transactionInChannel<T extends PinnedSoFar>(transaction: T): T {
  const { latest } = transaction
  return { ...transaction, latest: latest.map(earlier => ({ ...earlier, summary: `session ${earlier.id}` })) }
}

/** One of a list of sessions. */
export function summaryInChannel(summary: SessionSummary, dialect: Dialect | undefined): SessionSummary {
  const sql = dialect ? sqlInChannel(summary.sql, dialect) : ''
  return { ...summary, sql, tables: summary.tables.map(withoutPath) }
}

/** The policy's words as they are; what was not understood is quoted nowhere. */
function reasonInChannel(reason: Reason): Reason {
  return reason.code === 'not_understood' ? { ...reason, because: `Not fully understood; ${hiddenCause}.` } : reason
}

export function sqlInChannel(sql: string, dialect: Dialect): string {
  return withoutLiterals(sql, dialect) ?? notRead
}

/** What the warehouse says may quote a value. Who killed a statement said why in their own words. */
function messageOf({ error, message }: NonNullable<Hold['outcome']>): string {
  return error === 'killed' && message !== undefined ? message : 'why is in the session'
}
