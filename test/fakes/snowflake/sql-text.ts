import { syntaxError } from './snowflake-error.ts'

/** One piece of a statement's text: a string, a quoted name, or what lies between them. Comments are dropped. */
interface Piece {
  readonly kind: 'code' | 'string' | 'name'
  readonly text: string
}

const opening = /--|\/\/|\/\*|\$\$|'|"/g

function endOf(sql: string, start: number, mark: string): number {
  if (mark === '--' || mark === '//') {
    const end = sql.indexOf('\n', start)
    return end === -1 ? sql.length : end
  }
  if (mark === '/*' || mark === '$$') {
    const end = sql.indexOf(mark === '/*' ? '*/' : '$$', start + 2)
    if (end === -1) throw syntaxError(`syntax error: unterminated ${mark}`)
    return end + 2
  }
  for (let at = start + 1; at < sql.length; at++) {
    if (mark === "'" && sql[at] === '\\') at++
    else if (sql[at] === mark) {
      if (sql[at + 1] !== mark) return at + 1
      at++
    }
  }
  throw syntaxError(`syntax error: unterminated ${mark}`)
}

function pieces(sql: string): readonly Piece[] {
  const found: Piece[] = []
  let done = 0
  opening.lastIndex = 0
  for (let match = opening.exec(sql); match !== null; match = opening.exec(sql)) {
    found.push({ kind: 'code', text: sql.slice(done, match.index) })
    const end = endOf(sql, match.index, match[0])
    const text = sql.slice(match.index, end)
    if (match[0] === '"') found.push({ kind: 'name', text })
    else if (match[0] === "'" || match[0] === '$$') found.push({ kind: 'string', text })
    else found.push({ kind: 'code', text: ' ' })
    done = end
    opening.lastIndex = end
  }
  found.push({ kind: 'code', text: sql.slice(done) })
  return found
}

/** Replaces in code only: strings and quoted names stay as they are. */
export function replaceInCode(sql: string, pattern: RegExp, replacement: string): string {
  return pieces(sql)
    .map(piece => (piece.kind === 'code' ? piece.text.replace(pattern, replacement) : piece.text))
    .join('')
}

/** The path after `column:` keeps its case; everything else outside quotes is folded to upper case. */
const jsonPath = /(?<!:):(?!:)[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\d+\])*/g

function foldCode(code: string): string {
  const paths = code.match(jsonPath) ?? []
  let next = 0
  return code.toUpperCase().replace(jsonPath, () => paths[next++] ?? '')
}

/**
 * The statements of a text, without comments and with unquoted names in upper case, as Snowflake compiles them. A
 * scripting block is one statement.
 */
export function statementsOf(sql: string): readonly string[] {
  const statements: string[] = []
  let current = ''
  for (const piece of pieces(sql)) {
    if (piece.kind !== 'code') {
      current += piece.text
      continue
    }
    const [first = '', ...rest] = foldCode(piece.text).split(';')
    current += first
    for (const part of rest) {
      statements.push(current)
      current = part
    }
  }
  statements.push(current)
  const whole = statements.map(statement => statement.trim()).filter(statement => statement !== '')
  return isScript(whole[0] ?? '') ? [whole.join(';\n')] : whole
}

/** `BEGIN` that opens a block instead of a transaction, or `DECLARE`. */
export function isScript(statement: string): boolean {
  if (/^DECLARE\b/.test(statement)) return true
  return /^BEGIN\b/.test(statement) && !/^BEGIN(?:\s+(?:TRANSACTION|WORK))?(?:\s+NAME\s+\S+)?$/.test(statement)
}

/** The statements inside a scripting block. */
export function scriptBody(block: string): readonly string[] {
  const inner = block
    .replace(/^DECLARE\b[\s\S]*?\bBEGIN\b/, '')
    .replace(/^BEGIN\b/, '')
    .replace(/\bEND\s*$/, '')
  return statementsOf(inner)
}

/** The content of a string literal, `'…'` or `$$…$$`. */
export function unquoted(literal: string): string {
  if (literal.startsWith('$$')) return literal.slice(2, -2)
  return literal.slice(1, -1).replaceAll("''", "'").replace(/\\(.)/g, '$1')
}

/** A possibly qualified name, as a source for regular expressions. */
export const namePattern = '(?:"(?:[^"]|"")+"|[\\w$]+)(?:\\s*\\.\\s*(?:"(?:[^"]|"")+"|[\\w$]+)){0,2}'

/** The parts of a possibly qualified name, without quotes. */
export function nameParts(name: string): readonly string[] {
  return (name.match(/"(?:[^"]|"")+"|[\w$]+/g) ?? []).map(part =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toUpperCase(),
  )
}
