import { stripVTControlCharacters } from 'node:util'
import { cut } from '#src/show/cut.ts'

/** Ends a command with a sentence and an exit status. */
export class CommandError extends Error {
  readonly status: number
  constructor(message: string, status = 1) {
    super(message)
    this.status = status
  }
}

/** The only way to standard output for words: whatever they hold, no terminal obeys it. */
export function print(text = ''): void {
  process.stdout.write(`${plainLines(text)}\n`)
}

/** A command whose reader leaves (`querywarden … | head`) ends without a word, with the exit status that a shell gives a broken pipe. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(141)
  })
}

/** Columns of the terminal; no end of them where it is not known, as in a pipe. */
export function terminalWidth(): number {
  return (process.stdout.columns ?? Number(process.env.COLUMNS)) || Number.POSITIVE_INFINITY
}

/** In as many lines as the terminal needs, each under the first; one line where the width is not known, as in a pipe. */
export function printWrapped(head: string, text: string): void {
  const room = Math.max(terminalWidth() - head.length, 20)
  let [rest, start] = [plain(text), head]
  while (rest.length > room) {
    const space = rest.lastIndexOf(' ', room)
    const end = space > 0 ? space : room
    print(start + rest.slice(0, end).trimEnd())
    ;[rest, start] = [rest.slice(end).trimStart(), ' '.repeat(head.length)]
  }
  print(start + rest)
}

/** JSON for programs, in which a terminal finds nothing to obey either. */
export function printJson(value: unknown): void {
  const lines = JSON.stringify(value, undefined, 2).split('\n')
  process.stdout.write(`${lines.map(plainJson).join('\n')}\n`)
}

/** One line of JSON with its control characters as `\u` escapes: the same value. */
export function plainJson(line: string): string {
  return line.replace(obeyed, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** For what went wrong. */
export function complain(text: string): void {
  process.stderr.write(`${plainLines(text)}\n`)
}

/** One line that is written over while something is waited for; on a pipe it is written once and left. */
export class WaitingLine {
  #shown = ''
  readonly #live = process.stderr.isTTY === true

  show(text: string, always = false): void {
    // A line that goes on in the next row would be left there each time.
    const room = (process.stderr.columns || Number.POSITIVE_INFINITY) - 1
    if (this.#live) process.stderr.write(`\r\x1b[2K${cut(plain(text), room)}`)
    else if (this.#shown === '' || always) process.stderr.write(`${plain(text)}\n`)
    this.#shown = text
  }

  clear(): void {
    if (this.#live && this.#shown !== '') process.stderr.write('\r\x1b[2K')
    this.#shown = ''
  }
}

/** What a terminal obeys, or what reorders text on it: C0, DEL, C1, line and paragraph separators, directional marks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
const obeyed = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Text of others, made harmless for a terminal: no escape sequences, no control characters, one line. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(obeyed, ' ')
}

function plainLines(text: string): string {
  return text.split('\n').map(plain).join('\n')
}

export function clockTime(milliseconds: number): string {
  return new Date(milliseconds).toTimeString().slice(0, 5)
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
