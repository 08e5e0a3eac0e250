import { stripVTControlCharacters } from 'node:util'

/** Ends a command with a sentence and an exit status. */
export class CommandError extends Error {
  readonly status: number
  constructor(message: string, status = 1) {
    super(message)
    this.status = status
  }
}

export function print(text = ''): void {
  process.stdout.write(`${text}\n`)
}

/** One line that is written over while something is waited for; on a pipe it is written once and left. */
export class WaitingLine {
  #shown = ''
  readonly #live = process.stderr.isTTY === true

  show(text: string, always = false): void {
    if (this.#live) process.stderr.write(`\r\x1b[2K${text}`)
    else if (this.#shown === '' || always) process.stderr.write(`${text}\n`)
    this.#shown = text
  }

  clear(): void {
    if (this.#live && this.#shown !== '') process.stderr.write('\r\x1b[2K')
    this.#shown = ''
  }
}

/** Text of others, made harmless for a terminal: no escape sequences, no control characters, one line. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ')
}

const numbers = new Intl.NumberFormat('en-US')

export function count(value: number): string {
  return numbers.format(value)
}

export function clockTime(milliseconds: number): string {
  return new Date(milliseconds).toTimeString().slice(0, 5)
}

export function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`
}

/** Columns as wide as their widest cell, at most 40; numbers to the right. */
export function table(columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [columns, ...rows].map(row => row.map(value => shorten(plain(cellText(value)))))
  const widths = columns.map((_name, at) => Math.max(...cells.map(row => row[at]?.length ?? 0)))
  const numeric = columns.map((_name, at) => rows.length > 0 && rows.every(row => typeof row[at] === 'number'))
  const line = (row: readonly string[]) =>
    row
      .map((text, at) => (numeric[at] ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd()
  const [head = [], ...body] = cells
  return [line(head), line(widths.map(width => '─'.repeat(width))), ...body.map(line)]
    .map(text => `  ${text}`)
    .join('\n')
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '∅'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}
