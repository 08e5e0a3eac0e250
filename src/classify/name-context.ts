import type { NameContext } from './classification.ts'

/** Of anything that may name them: what is not known is no member at all, since contexts are digested, and compared as objects. */
export function nameContext({
  database,
  schema,
}: {
  readonly [part in keyof NameContext]?: string | undefined
}): NameContext {
  return { ...(database === undefined ? {} : { database }), ...(schema === undefined ? {} : { schema }) }
}
