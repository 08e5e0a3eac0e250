import type { FactType } from './vocabulary.ts'

/** How a text is compared with a name: as it is, as a glob, or as a part of it. */
type Comparison = 'name' | 'glob' | 'part'

/** What is wrong with a text that is compared with the name of a table or column: with none it would ever fit. */
export function nameProblem(type: FactType, text: string, comparison: Comparison): string | undefined {
  // A stage has as many parts as it was given, and a table of its own a `%`.
  if (type.kind !== 'name' || text.startsWith('@') || text.includes('://')) return undefined
  const oddEnd = comparison === 'part' ? /^$|\.\./ : /^$|^[\s.]|[\s.]$|\.\./
  if (/["`{};]/.test(text) || oddEnd.test(text))
    return `could be no ${type.of}; write DATABASE.SCHEMA.TABLE${type.parts === 4 ? '.COLUMN' : ''} without quotes, brackets or empty parts`
  if (text.includes('%')) return 'has a %, which stands for itself; write * for any characters, in matches(…)'
  // BigQuery's `p.d.events_*` is the name of a wildcard, and `DB.*.*` that of all in a database.
  const isWildcard = comparison === 'name' && /^[^*]+(\*|\.\*\.\*)$/.test(text)
  const isShort = text.split('.').length < type.parts
  if (comparison !== 'glob' && text.includes('*') && (!isWildcard || isShort))
    return `has a *, which stands for itself here; write it as matches("${text}")`
  const unclear = comparison === 'glob' ? unclearStart(text, type.parts) : undefined
  if (unclear) {
    const [any, all] = unclear
    return `${manyMeanings}; write matches("${any}") for ${type.of}s of that name, matches("${all}") for all there is in one`
  }
  const isWhole = comparison !== 'part' && !text.includes('*') && !/\binformation_schema\b/i.test(text)
  if (!isWhole || !isShort) return undefined
  return `${tooShort(type.of)}; write matches("*.${text}")`
}

/** Why a pattern may mean nothing of what was meant. */
export const manyMeanings = 'may or may not begin with a database, as far as can be told'

/**
 * What a pattern of fewer parts than a full name has may have been meant as, whatever comes before it or behind it; nothing where it says
 * so itself, or begins with all of a database, as in `HR.*`.
 */
export function unclearStart(pattern: string, fullParts: number): readonly [any: string, all: string] | undefined {
  const parts = pattern.split('.')
  const isClear = pattern.startsWith('*') || /^[^.]+\.\*/.test(pattern) || /\binformation_schema\b/i.test(pattern)
  if (parts.length >= fullParts || isClear || !pattern.includes('*')) return undefined
  return [`*.${pattern}`, `${pattern}.*`]
}

/** Why a name, or a pattern of the `sensitive` list, fits nothing. */
export const tooShort = (of: 'table' | 'column'): string =>
  `is no ${of}, because full names have ${of === 'table' ? 'three' : 'four'} parts`
