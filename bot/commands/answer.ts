import type { types } from '@slack/bolt'
import type { Person } from '#src/principal.ts'
import { cut } from '#src/show/cut.ts'
import type { BotPorts } from '../app.ts'
import { button } from '../button.ts'
import type { SlackActor } from '../reviewer.ts'
import { type Preformatted, type Quote, type RichLine, richText } from '../rich-text.ts'
import { slackLimits } from '../slack-limits.ts'

/** What only the person who asked gets to see. */
export interface Answer {
  readonly text: string
  readonly blocks?: types.KnownBlock[]
}

/** One person of ours who asked something. */
export interface Asked {
  readonly ports: BotPorts
  readonly person: Person
  readonly actor: SlackActor
}

export type Part = RichLine | Preformatted | Quote

/** Characters of one answer, of Slack's about 12,000. */
const maxCharacters = slackLimits.messageCharacters

/** The first parts that fit, and a last line that says so where some did not. */
export function fitting(parts: readonly Part[], rest: RichLine, most: number = maxCharacters): types.RichTextBlock {
  let room = most
  const fits = parts.filter(part => {
    room -= charactersOf(part)
    return room >= 0
  })
  return richText(...fits, ...(fits.length < parts.length ? [rest] : []))
}

export interface Choice {
  readonly action: string
  readonly label: string
  readonly value: string
  readonly style?: 'primary' | 'danger'
}

export function choices(all: readonly Choice[]): types.ActionsBlock[] {
  if (all.length === 0) return []
  const elements = all.map(({ action, label, value, style }) => button(action, cut(label, 75), value, style))
  return [{ type: 'actions', elements }]
}

function charactersOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, inner) => sum + charactersOf(inner), 0)
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce(
    (sum, [name, inner]) =>
      sum + (typeof inner === 'string' ? (name === 'text' ? inner.length : 0) : charactersOf(inner)),
    0,
  )
}
