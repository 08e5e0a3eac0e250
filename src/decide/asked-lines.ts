import Type from 'typebox'
import { readDocument } from '../config/document.ts'
import type { Problem } from '../config/problem.ts'
import { type Asked, askedFields, askedOf, askedProblems, dialectSchema } from './asked.ts'

const lineSchema = Type.Object(
  { id: Type.Optional(Type.String({ maxLength: 200 })), ...askedFields, dialect: dialectSchema },
  { additionalProperties: false },
)

/** One line of a file of statements (JSON Lines): `{"id": …, "sql": …, "dialect": …}` and the other fields of a case. */
export function askedOfLine(
  text: string,
  file: string,
  line: number,
): { id: string; asked: Asked } | { problems: readonly Problem[] } {
  // JSON is YAML; the reader tells the place, which is then in that line of the file.
  const { document, problems } = readDocument(text, file, lineSchema)
  if (!document || problems.length > 0) return { problems: problems.map(problem => ({ ...problem, line })) }
  const wrong = askedProblems(document.value).map(([path, message]) => ({ ...document.problem(path, message), line }))
  if (wrong.length > 0) return { problems: wrong }
  const { id = `line ${line}`, ...rest } = document.value
  return { id, asked: askedOf(rest) }
}
