import type { Static, TSchema } from 'typebox'
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml'
import { type Path, type Problem, pathText } from './problem.ts'
import { type Place, SchemaWalk } from './schema-walk.ts'

const maxCharacters = 1024 * 1024

/** A YAML file that has the form of its schema, with defaults filled in, that knows where each value stands. */
export interface YamlDocument<T> {
  readonly value: T
  /** A problem at that path; `token` narrows the place to where that text stands within the value. */
  problem(path: Path, message: string, options?: { token?: string; severity?: 'warning' }): Problem
}

/**
 * Reads YAML 1.2 against a TypeBox schema. Unknown fields are refused and every problem is reported at once. Where the
 * form is wrong, `document` is still there if a value could be made of it, so that a caller can go on looking.
 */
export function readDocument<S extends TSchema>(
  text: string,
  file: string,
  schema: S,
): { document?: YamlDocument<Static<S>>; problems: Problem[] } {
  if (text.length > maxCharacters)
    return { problems: [{ file, line: 1, column: 1, path: '', message: 'the file is larger than 1 MiB' }] }
  const lines = new LineCounter()
  const yaml = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
    stringKeys: true,
    maxAliasCount: 0,
  } as object)
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  const encoding = text.indexOf('\ufffd')
  if (encoding >= 0) return { problems: [{ ...at(encoding), path: '', message: notUtf8 }] }
  const broken = [...yaml.errors, ...yaml.warnings]
  if (yaml.directives?.yaml.explicit) return { problems: [{ ...at(0), path: '', message: noDirective }] }
  if (broken.length > 0)
    return { problems: broken.map(error => ({ ...at(error.pos[0]), path: '', message: yamlMessage(error, text) })) }
  const problems: Problem[] = []
  const walk = new SchemaWalk((path, place, message) => {
    problems.push({ ...at(placeOffset(place)), path: pathText(path), message })
  })
  const value = walk.read(yaml.contents, schema, []) as Static<S>
  if (value === undefined) return { problems }
  const document: YamlDocument<Static<S>> = {
    value,
    problem: (path, message, { token, severity } = {}) => ({
      ...at(offsetOf(yaml, text, path, token)),
      path: pathText(path),
      message,
      ...(severity && { severity }),
    }),
  }
  return { document, problems }
}

/**
 * Where a comment took words from a text: `because: Ask in #oncall first` is read as `Ask in`. A comment that is meant has a
 * blank behind its sign.
 */
export function lostWords(text: string, file: string): Problem[] {
  const lines = new LineCounter()
  const found: Problem[] = []
  visit(parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' }), {
    Scalar(_key, { value, type, range }) {
      const end = range?.[1] ?? 0
      if (type !== 'PLAIN' || typeof value !== 'string' || !/^[ \t]+#[^\s#]/.test(text.slice(end, end + 100))) return
      const { line, col } = lines.linePos(text.indexOf('#', end))
      const message = 'the text ends here, for YAML reads the rest as a comment; put all of it in quotes'
      found.push({ ...{ file, line, column: col, path: '', message }, severity: 'warning' })
    },
  })
  return found
}

/** As `when: "etl" in agent.groups`. */
const endsWithQuote =
  'YAML: text that begins with a quote ends with the next one; put the whole in single quotes, or on a line of its own after ">-"'
/** What cannot be decoded is read as this sign, and a name with it fits nothing. */
const notUtf8 = 'is no UTF-8 here; save the file in that encoding'
/** Of version 1.1, `no` is false and 0100 is 64. */
const noDirective = 'YAML: leave out the line "%YAML"; the file is read as YAML 1.2'

function placeOffset(place: Place): number {
  return place?.range?.[0] ?? 0
}

/** Where the value at `path` starts; the nearest parent's start where there is no such value. */
function offsetOf(yaml: Document, text: string, path: Path, token: string | undefined): number {
  let node: Node | null = yaml.contents
  for (const step of path) {
    const next: unknown = isMap(node) || isSeq(node) ? node.get(step, true) : undefined
    if (!(isScalar(next) || isMap(next) || isSeq(next) || isAlias(next))) break
    node = next
  }
  const [start, end] = node?.range ?? [0, 0]
  if (!token) return start
  const source = text.slice(start, end)
  const whole = source.indexOf(token)
  // Escapes and folded lines change a scalar's text; its next word is still there.
  return start + Math.max(whole >= 0 ? whole : source.indexOf(/^[\w.]*/.exec(token)?.[0] ?? token), 0)
}

/** Our own words for the codes whose messages quote the file: what stands there may be a secret in the wrong place. */
function yamlMessage(error: YAMLError, text: string): string {
  switch (error.code) {
    case 'BAD_ALIAS':
      return 'YAML: an anchor or alias without a name; put text that starts with "*" or "&" in quotes'
    case 'TAG_RESOLVE_FAILED':
      return 'YAML: tags ("!…") have no meaning here; put text that starts with "!" in quotes'
    case 'BAD_DQ_ESCAPE':
      return 'YAML: an escape sequence in double quotes that YAML does not know'
    case 'TAB_AS_INDENT':
      return 'YAML: a tab at the beginning of a line; indent with blanks'
    case 'MULTIPLE_DOCS':
      return 'YAML: a second document begins here; leave out the line "---", or make two files'
    case 'DUPLICATE_KEY':
      return 'this field is given twice'
    case 'UNEXPECTED_TOKEN':
    case 'BAD_DIRECTIVE':
      if (/: *(["']).*\1 *$/.test(text.slice(0, error.pos[0]).split('\n').at(-1) ?? '')) return endsWithQuote
      return 'YAML: something is not expected here; look at quotes, brackets and indentation'
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'YAML: a second ": " in one line; put text that holds one in quotes, and a field on a line of its own'
    case 'MISSING_CHAR':
      return error.message.endsWith('quote')
        ? 'YAML: a quote opens and is not closed before here'
        : 'YAML: a colon with a blank behind it, a comma or "- " is missing here'
    case 'BAD_INDENT':
      if (error.message.startsWith('Flow')) return 'YAML: a bracket or brace opens and is not closed before here'
      return 'YAML: the line begins too far to the left or right; begin the fields of one mapping in one column'
    case 'NON_STRING_KEY':
      return 'YAML: a name is missing before the colon'
    default:
      return `YAML: ${error.message.slice(0, 200)}`
  }
}
