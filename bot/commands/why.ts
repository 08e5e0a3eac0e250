import type { AnswerOf } from '#src/oncall/internal-api.ts'
import { cut } from '#src/show/cut.ts'
import { subjectOf } from '#src/show/session-words.ts'
import { shortLine } from '#src/show/visible-text.ts'
import type { SessionId } from '#src/statement.ts'
import { bold, line, plain, type RichLine } from '../rich-text.ts'
import { escapeMrkdwn } from '../slack-limits.ts'
import { type Answer, type Asked, fitting } from './answer.ts'

type Why = AnswerOf<'why'>
type Rule = NonNullable<Why['rules']>[number]

/** `/qw why ID`: which rule, on what grounds, and what would have changed it. */
export async function why({ ports, person }: Asked, id: SessionId): Promise<Answer> {
  return whyView(await ports.gateway.ask('why', person, { id }))
}

/** What decides where no rule of this name does. */
const deciders = new Map([
  ['default', 'no rule matches'],
  ['paused', 'the agent is paused'],
])

const verdictWords = { allow: 'allowed', hold: 'held', deny: 'refused' } as const

function whyView(answer: Why): Answer {
  const { session, verdict, reasons, summary, release, rules } = answer
  const at = rules?.findIndex(({ name }) => name === session.rule) ?? -1
  const place = rules && at >= 0 ? ` (rule ${at + 1} of ${rules.length})` : ''
  const by = deciders.get(session.rule) ?? `rule ${short(session.rule)}${place}`
  const title = `${verdictWords[verdict]}: ${by}`
  const instead = reasons.flatMap(reason => (reason.instead ? [reason.instead] : []))
  const others = rules?.filter(({ name }) => name !== session.rule) ?? []
  return {
    text: escapeMrkdwn(cut(`${session.id} ${title}`, 200)),
    blocks: [
      fitting(
        [
          line(bold(cut(title, 200)), plain(`   ${session.id}  ${short(subjectOf(session))}`)),
          line(plain(`It ${short(summary, 300)}.`)),
          ...reasons
            .slice(0, 8)
            .map(({ because, rule }) =>
              line(plain(`• ${short(because, 400)}${rule && rule !== session.rule ? ` (${short(rule)})` : ''}`)),
            ),
          ...(release ? [releaseLine(release)] : []),
          ...(rules?.[at] ? groundsOf(rules[at]) : []),
          ...(others.length > 0 ? [line(bold('The other rules')), ...others.map(otherRule)] : []),
          line(bold('What would have changed it')),
          ...(instead.length > 0 ? instead.map(text => line(plain(`• ${short(text, 400)}`))) : []),
          ...(verdict === 'allow' && instead.length > 0 ? [] : changes(answer, others)),
          ...(rules ? [] : [line(plain('The policy is another one by now, so its rules are not shown.'))]),
        ],
        line(plain('… more than fits here')),
      ),
    ],
  }
}

/** Why it ran all the same. */
function releaseLine({ by, reason, reviewed }: NonNullable<Why['release']>): RichLine {
  const after = reviewed
    ? `; reviewed afterwards by ${short(reviewed.by)}: “${short(reviewed.comment, 300)}”`
    : '; nobody has reviewed that yet'
  return line(plain(`• It ran because ${short(by)} released it alone: “${short(reason, 300)}”${after}.`))
}

function groundsOf({ clauses }: Rule): RichLine[] {
  return clauses.map(({ text, answer, found }) =>
    line(
      plain(`   ${mark(answer)} ${short(text, 300)}${found.length > 0 ? `  (${short(found.join(', '), 200)})` : ''}`),
    ),
  )
}

const results = {
  matched: 'matches',
  not_matched: 'does not match',
  unknown: 'asks for what is not known',
  not_understood: 'matches, but allows only what is understood',
  error: 'could not be evaluated',
} as const

function otherRule({ name, effect, result }: Rule): RichLine {
  return line(plain(`   ${short(name)} (${effect})  ${results[result]}`))
}

/** Rules of a milder effect: those that match and come second, and those that were close, with what failed of their conditions. */
function changes({ verdict, session }: Why, others: readonly Rule[]): RichLine[] {
  if (verdict === 'allow') return [line(plain('• Nothing held or refused it.'))]
  const stronger = session.rule === 'paused' ? 'the agent was paused' : outranks[verdict]
  const milder = others.filter(({ effect }) => effect === 'allow')
  const second = milder
    .filter(({ result }) => result === 'matched')
    .map(({ name }) => line(plain(`• ${short(name)} would have allowed it, but ${stronger}.`)))
  const close = milder
    .filter(({ result }) => result === 'not_matched')
    .slice(0, 4)
    .flatMap(rule => [line(plain(`• ${short(rule.name)} would have allowed it, but for`)), ...groundsOf(rule)])
  const lines = [...second.slice(0, 4), ...close]
  return lines.length > 0 ? lines : [line(plain('• No other rule allows it.'))]
}

const outranks = { hold: 'a rule that holds comes first', deny: 'a rule that refuses comes first' } as const

function mark(answer: string): string {
  return { true: '✔', false: '✖' }[answer] ?? '?'
}

function short(text: string, most = 80): string {
  return shortLine(text, most)
}
