import type { AnswerOf } from '#src/oncall/internal-api.ts'
import { shortLine } from '#src/show/visible-text.ts'
import { bold, line, moment, plain, type RichLine, richText } from '../rich-text.ts'
import type { Answer, Asked } from './answer.ts'

type Pause = AnswerOf<'pause'>['pause']

const minutesOf = { m: 1, h: 60, d: 1_440 } as const

/** `/qw pause AGENT [for 2h] REASON`: from its next statement on, everything of the agent waits for people. */
export async function pause({ ports, person }: Asked, words: string): Promise<Answer> {
  const wanted = parsePause(words)
  if (!wanted) {
    return {
      text: 'Name an agent and say why, in 3 to 500 characters: `/qw pause release-bot for 2h loops over orders`. A time is 30m, 2h or 3d, up to 30d.',
    }
  }
  const { pause, known } = await ports.gateway.ask('pause', person, wanted)
  const more = [
    line(plain('Every statement of it waits for people now; what runs already is not touched.')),
    ...(known
      ? []
      : [line(plain('No statement of an agent of this name is on record yet. Look whether you wrote it right.'))]),
  ]
  return { text: 'Paused.', blocks: [richText(pauseLine(pause), ...more)] }
}

/** `/qw resume AGENT` */
export async function resume({ ports, person }: Asked, words: string): Promise<Answer> {
  const [agent, rest] = firstWord(words)
  if (!agent || rest) return { text: 'Name an agent: `/qw resume release-bot`, or `/qw resume "Release bot"`.' }
  const { resumed } = await ports.gateway.ask('resume', person, { agent })
  return { text: resumed ? 'Resumed: the policy decides on its next statement.' : 'No agent of this name is paused.' }
}

export function pauseLine({ agent, by, reason, until }: Pause): RichLine {
  const end = until === undefined ? [plain(' until somebody resumes it')] : [plain(' until '), moment(until)]
  const words = ` · by ${shortLine(by, 80)}: “${shortLine(reason, 200)}”`
  return line(plain('⏸  '), bold(shortLine(agent, 80)), plain(' is paused'), ...end, plain(words))
}

function parsePause(words: string): { agent: string; reason: string; minutes?: number } | undefined {
  const [agent, rest] = firstWord(words)
  const [, amount, unit = '', after] = /^for\s+(\d{1,5})([mhd])(?:\s+([\s\S]*))?$/i.exec(rest) ?? []
  // "for 2h" alone, or "for 2 hours", is no reason: the pause would have no end.
  if (!amount && /^for\s+\d/i.test(rest)) return undefined
  const minutes = amount ? Number(amount) * minutesOf[unit.toLowerCase() as keyof typeof minutesOf] : undefined
  const reason = (amount ? (after ?? '') : rest).trim()
  if (!agent || reason.length < 3 || reason.length > 500) return undefined
  if (minutes === undefined) return { agent, reason }
  return minutes >= 1 && minutes <= 43_200 ? { agent, reason, minutes } : undefined
}

/** A name with blanks stands in quotes, curly ones from phones too. */
function firstWord(words: string): [first: string, rest: string] {
  const plainQuotes = words.replaceAll(/[\u201C\u201D\u201E]/g, '"').trim()
  const [, quoted, bare = '', rest = ''] = /^(?:"([^"]{1,256})"|(\S{1,256}))\s*([\s\S]*)$/.exec(plainQuotes) ?? []
  return [quoted ?? bare, rest]
}
