import { asLook, type Classified } from '../classify/understand.ts'
import type { NotCompiled } from '../not-compiled.ts'
import type { Decision } from './decision.ts'

/**
 * Whether its agent may hear at once that a statement does not compile: it does not for whatever role it would run under, and what that
 * tells of tables is no more than a look at them would (`mayLook`), which for a syntax error is nothing.
 */
export async function mayBeTold(
  classified: Classified,
  { verdict, role }: Decision,
  { fault, role: compiledFor }: NotCompiled,
  mayLook: (look: Classified) => Promise<boolean>,
): Promise<boolean> {
  if (verdict === 'deny' || (compiledFor !== undefined && compiledFor !== role)) return false
  if (fault.about === 'syntax') return true
  // What came before it there is not there for the reader.
  if (classified.statement.transaction) return false
  const mayLookAtEach = async (names: readonly string[]) => {
    const seen = await Promise.all(names.map(table => mayLook(asLook(classified, { table }))))
    return seen.every(Boolean)
  }
  if (fault.about === 'object') {
    // A name without its schema may stand for each of them.
    const tables = namedBy(classified, fault.object)
    return tables.length > 0 && mayLookAtEach(tables)
  }
  if (verdict === 'allow') return true
  if (fault.about !== 'function') return mayLook(asLook(classified, {}))
  // A function that is not there makes nothing of the tables; which are there is told of schemas that may be looked at.
  const { functions } = fault
  if (functions.length === 0 || !(await mayLook(asLook(classified, { despite: 'unknown_function' })))) return false
  return mayLookAtEach(functions.flatMap(name => placeOf(name, classified.statement)))
}

/** A function as tables are named; nothing where no schema is said at all: then it would have been the warehouse's own. */
function placeOf(name: string, { database, schema }: Classified['statement']): readonly string[] {
  const parts = name.split('.')
  if (parts.length === 1 && schema === undefined) return []
  const before = [database, schema].slice(0, Math.max(0, 3 - parts.length))
  return [[...before, ...parts].filter(part => part !== undefined).join('.')]
}

/** Tables of this name, or in this schema, that the statement itself names: not what a view of its has under it. */
function namedBy({ classification, statement }: Classified, object: string): readonly string[] {
  const plain = (name: string) => name.replaceAll('"', '').toLowerCase()
  const [asked, text] = [plain(object), plain(statement.sql)]
  if (asked === '' || !text.includes(asked.slice(asked.lastIndexOf('.') + 1))) return []
  return [...classification.reads, ...classification.writes].filter(name => {
    const full = plain(name)
    return full === asked || full.endsWith(`.${asked}`) || full.startsWith(`${asked}.`)
  })
}
