import { cut } from './cut.ts'

/** Letters of Cyrillic and Greek that look like Latin ones. */
const lookAlike = '[АВЕЅІЈКМНОРСТУХҮаеорсухѕіјһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορυ]'
/**
 * Characters that a person does not see, that change how others are seen, or that pass for others: controls, bidirectional overrides
 * (Trojan Source, CVE-2021-42574), zero-width and tag characters, fillers, blanks that are not the space, marks that strike a letter out
 * or stand around it, those that pile up over other lines, and letters beside those of another script. New line and tab stay.
 */
const unseen = new RegExp(
  [
    '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}\\p{Zs}\\p{Default_Ignorable_Code_Point}\\p{Me}\\u2800\\u{1D159}\\u0334-\\u0338\\u20d0-\\u20ff]',
    '(?<=\\p{M}{3})\\p{M}',
    `(?<=\\p{Script=Latin})${lookAlike}|${lookAlike}(?=\\p{Script=Latin})`,
  ].join('|'),
  'gu',
)
/** Long runs of blanks and of empty lines push what follows out of sight. */
const longRun = /(?:\n[ \t]*){9,}\n|[ \t]{40,}|\t{10,}/g
const quoteLike = '[\u00b4\u02b9\u02bb-\u02bd\u02c8\u2018-\u201f\u2032-\u2037\uff02\uff07\uff40]'
/** What looks as if a text ended or began there, where none does: `'test’ and region = ’EU'` is one text. */
const falseQuote = new RegExp(
  `${quoteLike}(?=\\s{0,5}(?:[,;)=<>|]|--|/\\*|(?:and|or|then|end|union)\\b))|(?<=[=<>(,|]\\s{0,5})${quoteLike}`,
  'giu',
)

/** The text with each unseen character written out as `⟨U+202E⟩`, and long runs of blanks as `⟨57 spaces⟩`. */
export function visible(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(longRun, shortRun)
    .replace(unseen, character => (isPlain(character) ? character : codePoint(character)))
}

/** SQL, or what quotes it: with what passes for its quotation marks written out as well. */
export function visibleSql(text: string): string {
  return visible(withoutFalseQuotes(text))
}

export function withoutFalseQuotes(text: string): string {
  return text.replace(falseQuote, codePoint)
}

/** The same on one line. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll(/[\n\t]+/g, ' ')
}

/** What the last characters that are looked at become may be another thing than what they become with those behind them. */
const unsure = 600

/** At most `max` characters of that line, ending in `…` where something is missing. What is not shown is not read: it may be megabytes. */
export function shortLine(text: string, max: number): string {
  let looked = 2 * max + unsure
  let line = visibleLine(text.slice(0, looked))
  while (line.length <= max + unsure && looked < text.length) {
    looked *= 4
    line = visibleLine(text.slice(0, looked))
  }
  return cut(line, max)
}

/** How many characters `visibleSql` has to write out. */
export function unseenInSql(text: string): number {
  return unseenCharacters(text) + (text.match(falseQuote)?.length ?? 0)
}

/** How many characters `visible` has to write out. */
export function unseenCharacters(text: string): number {
  let count = 0
  for (const [character] of text.replaceAll('\r\n', '\n').matchAll(unseen)) if (!isPlain(character)) count += 1
  return count
}

function shortRun(run: string): string {
  if (run.startsWith('\n')) return `\n⟨${run.split('\n').length - 2} empty lines⟩\n`
  const what = run.includes('\t') ? (run.includes(' ') ? 'spaces and tabs' : 'tabs') : 'spaces'
  return `⟨${run.length} ${what}⟩`
}

function isPlain(character: string): boolean {
  return character === ' ' || character === '\n' || character === '\t'
}

function codePoint(character: string): string {
  return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`
}
