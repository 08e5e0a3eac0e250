import type { HoldTerms } from '#src/hold/hold.ts'
import { boundary } from '#src/show/cut.ts'
import { count } from '#src/show/facts.ts'
import { termsInChannel } from '#src/show/in-channel.ts'
import { visible } from '#src/show/visible-text.ts'
import { wholeStatement } from '#src/show/whole-statement.ts'

/** What fits on a card without Slack folding it away behind "show more". */
const cardBudget = { characters: 2_000, lines: 40 }
/** One preformatted element of a modal, and all of them: within 100 blocks and 250 kB of JSON. */
const modalBudget = { part: 2_900, parts: 80, bytes: 200_000 }

/**
 * Where a person can see all of what they approve. `card`: on the card, which then has the button. `modal`: behind `Read it all…`,
 * with the button at the end of the text; so wherever the policy keeps values out of the channel. `none`: nowhere in Slack, so it
 * cannot be approved there.
 */
export type Approvable = 'card' | 'modal' | 'none'

/** The statement as people see it: unseen characters written out, with the binds and context that are part of it. */
export interface ShownStatement {
  readonly approvable: Approvable
  /** Whole, or head and tail with a line that says what is not shown. */
  readonly sql: string
  /** Binds, database, schema and parameters, a line each; empty where there are none. Whole, or head and tail. */
  readonly context: string
  /** The whole of both in parts of a modal; empty where it does not fit one. */
  readonly parts: readonly string[]
  /** The whole of both as one text, for the file. */
  readonly whole: string
}

export function showStatement(terms: HoldTerms): ShownStatement {
  const { sql, context } = wholeStatement(terms)
  const whole = context === '' ? sql : `${sql}\n\n${context}`
  const hidden = terms.decision.hidesLiterals === true
  if (!hidden && whole.length <= cardBudget.characters && countLines(whole) <= cardBudget.lines) {
    return { approvable: 'card', sql, context, parts: [whole], whole }
  }
  const parts = fitsModal(whole) ? split(whole, modalBudget.part) : []
  const approvable = parts.length > 0 && parts.length <= modalBudget.parts ? 'modal' : 'none'
  const shown = hidden ? wholeStatement(termsInChannel(terms)) : { sql, context }
  return {
    approvable,
    sql: excerpt(shown.sql, { characters: 1_000, lines: 16 }, { characters: 500, lines: 6 }),
    context: excerpt(shown.context, { characters: 400, lines: 6 }, { characters: 100, lines: 2 }),
    parts: approvable === 'modal' ? parts : [],
    whole,
  }
}

/** All of what is granted with an approval, in parts of a modal beside those of the statement; empty where both do not fit. */
export function shapeParts(terms: HoldTerms): readonly string[] {
  const { approvable, whole, parts } = showStatement(terms)
  const shape = visible(terms.grantable?.shape ?? '')
  if (approvable === 'none' || !fitsModal(whole + shape)) return []
  const shown = split(shape, modalBudget.part)
  return parts.length + shown.length <= modalBudget.parts ? shown : []
}

/** Whether all of a statement was before the eyes of somebody who decided there. */
export const sawAll: Record<'onCard' | 'inModal' | 'withShape', (terms: HoldTerms) => boolean> = {
  onCard: terms => showStatement(terms).approvable === 'card',
  inModal: terms => showStatement(terms).approvable !== 'none',
  withShape: terms => shapeParts(terms).length > 0,
}

function fitsModal(whole: string): boolean {
  return Buffer.byteLength(JSON.stringify(whole)) <= modalBudget.bytes
}

interface Budget {
  readonly characters: number
  readonly lines: number
}

/** Head and tail with, between them, a line that says how much is missing. */
export function excerpt(text: string, head: Budget, tail: Budget): string {
  if (text.length <= head.characters + tail.characters && countLines(text) <= head.lines + tail.lines) return text
  const end = headEnd(text, head)
  const start = Math.max(end, tailStart(text, tail))
  const hidden = text.slice(end, start)
  const lines = countLines(hidden.replace(/^\n|\n$/g, ''))
  const missing = lines > 1 ? `${count(lines)} lines` : `${count(hidden.length)} characters`
  return `${text.slice(0, end).trimEnd()}\n… ${missing} not shown …\n${text.slice(start).replace(/^\n/, '')}`
}

/** After whole lines where they fill half the budget, otherwise in the middle of a line. */
function headEnd(text: string, budget: Budget): number {
  let at = 0
  for (let line = 0; line < budget.lines; line += 1) {
    const next = text.indexOf('\n', at + 1)
    if (next < 0 || next > budget.characters) return at > budget.characters / 2 ? at : boundary(text, budget.characters)
    at = next
  }
  return at
}

function tailStart(text: string, budget: Budget): number {
  const least = text.length - budget.characters
  let at = text.length
  for (let line = 0; line < budget.lines; line += 1) {
    const next = text.lastIndexOf('\n', at - 1)
    if (next < least) return at < least + budget.characters / 2 ? at : boundary(text, least)
    at = next
  }
  return at
}

/** Parts that together are the text, cut after a line where one ends in reach. */
export function split(text: string, size: number): string[] {
  const parts: string[] = []
  for (let at = 0; at < text.length; ) {
    const limit = boundary(text, Math.min(at + size, text.length))
    const line = text.lastIndexOf('\n', limit - 1) + 1
    const end = limit < text.length && line > at ? line : limit
    parts.push(text.slice(at, end))
    at = end
  }
  return parts
}

function countLines(text: string): number {
  return text.split('\n').length
}
