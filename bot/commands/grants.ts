import type { types } from '@slack/bolt'
import type { AnswerOf } from '#src/oncall/internal-api.ts'
import { cut } from '#src/show/cut.ts'
import { subjectOf } from '#src/show/session-words.ts'
import { shortLine, visible } from '#src/show/visible-text.ts'
import type { SessionId } from '#src/statement.ts'
import { errorCode } from '../logger.ts'
import { bold, line, moment, plain, preformatted, richText } from '../rich-text.ts'
import { excerpt } from '../shown-statement.ts'
import { type Answer, type Asked, choices } from './answer.ts'

type Grant = AnswerOf<'grants'>['grants'][number]

export const grantActions = { revoke: 'grant_revoke' } as const

/** `/qw grants`: what runs without asking now, those that end first in front, each with a button that ends it. */
export async function grants({ ports, person }: Asked): Promise<Answer> {
  const { grants, more } = await ports.gateway.ask('grants', person, {})
  if (grants.length === 0) return { text: 'No grant is in force that you may see.' }
  const title = `${more ? `More than ${grants.length}` : grants.length} in force`
  return {
    text: title,
    blocks: [
      richText(line(bold(title), plain('   those that end first in front'))),
      ...grants.flatMap(grantBlocks),
      ...(more ? [richText(line(plain('… and more')))] : []),
    ],
  }
}

/** Answers with what is left. */
export async function revokeGrant(asked: Asked, id: SessionId): Promise<Answer> {
  const { revoked } = await asked.ports.gateway.ask('revoke', asked.person, { id })
  const { text, blocks = [] } = await grants(asked).catch((error: unknown) => left(asked, error))
  const said = revoked ? `Revoked: ${id}. Such statements wait for people again.` : `${id} was over already.`
  return { text: `${said} ${text}`, blocks: [richText(line(bold(said))), ...blocks] }
}

/** What is done stays said. */
function left({ ports }: Asked, error: unknown): Answer {
  ports.log.warn({ code: errorCode(error) }, 'what is left of the grants is not known')
  return { text: 'What is left could not be looked up; `/qw grants` shows it.' }
}

function grantBlocks(grant: Grant): types.KnownBlock[] {
  const { id, agent, by, until, uses, used, shape, mayRevoke } = grant
  const left = `${uses - used} of ${uses} left`
  return [
    richText(
      line(
        bold(`${shortLine(agent, 80)}  ${cut(subjectOf(grant), 100)}`),
        plain(`   ${left}, until `),
        moment(until),
        plain(`\nof ${shortLine(by.join(' and '), 200)}   ${id}`),
      ),
      preformatted(excerpt(visible(shape), { characters: 250, lines: 8 }, { characters: 50, lines: 2 })),
    ),
    ...(mayRevoke ? choices([{ action: grantActions.revoke, label: 'Revoke', value: id, style: 'danger' }]) : []),
  ]
}
