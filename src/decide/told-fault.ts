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
  if (fault.about === 'object') {
    const [table] = namedBy(classified, fault.object)
    return table !== undefined && mayLook(asLook(classified, { table }))
  }
  // A function that is not there makes nothing of the tables.
  const despite = fault.about === 'function' ? 'unknown_function' : undefined
  return verdict === 'allow' || mayLook(asLook(classified, { despite }))
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
