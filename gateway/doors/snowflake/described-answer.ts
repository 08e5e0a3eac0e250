import type { DriverSession } from '#src/authenticate/driver-sessions.ts'
import { lexSnowflake } from '#src/classify/text/lexer-snowflake.ts'
import { isWord } from '#src/classify/text/token.ts'
import { asGatewayError } from '#src/errors.ts'
import type { Authenticated } from '#src/pipeline.ts'
import type { Submission } from '#src/statement.ts'
import type { Journey } from '../../journey/journey.ts'
import { type Envelope, notDescribed } from './envelope.ts'
import { finalState } from './final-state.ts'
import { emptyAnswer } from './result-answer.ts'
import { ownColumn, rowtypeOf } from './rowtype.ts'
import { countColumnOf, statementTypeOf } from './statement-type.ts'

/** For a driver that prepares a statement: its columns and the number of its binds. Nothing runs, and nobody is asked. */
export async function describedAnswer(
  journey: Journey,
  session: DriverSession<Authenticated>,
  submission: Submission,
): Promise<Envelope> {
  try {
    const { kind, columns } = await journey.describe(session.principal, submission)
    const numberOfBinds = bindsIn(submission.sql)
    const rowtype = columns ? rowtypeOf(columns) : [ownColumn(countColumnOf(kind), 'fixed')]
    const binds = { numberOfBinds, arrayBindSupported: kind === 'insert' && numberOfBinds > 0 }
    return emptyAnswer({ rowtype, statementTypeId: statementTypeOf(kind) }, finalState(journey, session.context), binds)
  } catch (error) {
    const refusal = asGatewayError(error)
    if (refusal.code !== 'not_permitted') throw refusal
    return notDescribed(refusal)
  }
}

/** `?` each, or the highest of `:1`, `:2`. */
function bindsIn(sql: string): number {
  const tokens = lexSnowflake(sql)
  const marks = tokens.filter(token => isWord(token, '?')).length
  const numbers = tokens.filter((token, at) => token.kind === 'number' && isWord(tokens[at - 1], ':'))
  return numbers.reduce((highest, { value }) => Math.max(highest, Number(value)), marks)
}
