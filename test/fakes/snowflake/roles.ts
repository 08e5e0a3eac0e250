import { Dialect, parse } from '@polyglot-sql/sdk'
import { insufficientPrivileges, missingObject, SnowflakeError, syntaxError } from './snowflake-error.ts'

/** What a role may do. Patterns are full names, `DEMO.SHOP.ORDERS`, with `*` for any part: `DEMO.SHOP.*`. */
export interface Privileges {
  readonly select?: readonly string[]
  /** INSERT, UPDATE, DELETE, TRUNCATE and the target of MERGE. */
  readonly write?: readonly string[]
  /** Schemas in which the role may create; what a role creates it owns. */
  readonly create?: readonly string[]
  /** Tables the role may drop or alter besides its own. */
  readonly own?: readonly string[]
  /** Sees every user's statements in the query history, and may cancel them. */
  readonly monitor?: boolean
  /** GRANT, CREATE USER, tasks, stages, procedures and the like, which then do nothing but succeed. */
  readonly administer?: boolean
}

export interface TableName {
  readonly database: string
  readonly schema: string
  readonly table: string
}

export const fullName = ({ database, schema, table }: TableName) => `${database}.${schema}.${table}`

function matches(patterns: readonly string[] | undefined, name: string): boolean {
  return (patterns ?? []).some(pattern => {
    const expression = pattern.toUpperCase().replace(/[.$]/g, '\\$&').replaceAll('*', '[^.]*')
    return new RegExp(`^${expression}$`).test(name)
  })
}

/** The parsed statement, or Snowflake's syntax error. */
export function parseStatement(sql: string): unknown {
  const parsed = parse(sql, Dialect.Snowflake)
  if (!parsed.success || !Array.isArray(parsed.ast)) throw syntaxError(`syntax error ${parsed.error ?? ''}`)
  return parsed.ast[0]
}

interface Reference {
  readonly catalog: string | undefined
  readonly schema: string | undefined
  readonly name: string
}

const identifier = (node: unknown): string | undefined =>
  isRecord(node) && typeof node.name === 'string' ? node.name : undefined

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Every table named anywhere in a parsed statement, common table expressions left out. */
export function tablesIn(ast: unknown): readonly Reference[] {
  const found: Reference[] = []
  const expressions = new Set<string>()
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const item of node) visit(item)
      return
    }
    if (!isRecord(node)) return
    if ('catalog' in node && 'schema' in node) {
      const name = identifier(node.name)
      if (name !== undefined) found.push({ catalog: identifier(node.catalog), schema: identifier(node.schema), name })
    }
    if (isRecord(node.with) && Array.isArray(node.with.ctes)) {
      for (const cte of node.with.ctes) {
        const name = isRecord(cte) ? identifier(cte.alias) : undefined
        if (name !== undefined) expressions.add(name.toUpperCase())
      }
    }
    for (const value of Object.values(node)) visit(value)
  }
  visit(ast)
  return found.filter(({ schema, name }) => schema !== undefined || !expressions.has(name.toUpperCase()))
}

export type Need = 'select' | 'write' | 'own'

/** Refuses as Snowflake does: what a role cannot see at all does not exist for it. */
export function requirePrivilege(privileges: Privileges, name: TableName, need: Need, owned: boolean): void {
  const full = fullName(name)
  if (owned || matches(privileges.own, full)) return
  if (need !== 'own' && matches(privileges[need], full)) return
  const visible = matches(privileges.select, full) || matches(privileges.write, full)
  throw visible ? insufficientPrivileges('table', name.table) : missingObject('Object', full)
}

export function requireCreate(privileges: Privileges, { database, schema }: TableName): void {
  if (!matches(privileges.create, `${database}.${schema}`)) throw insufficientPrivileges('schema', schema)
}

export function requireAdministrator(privileges: Privileges, what: string): void {
  if (privileges.administer !== true) throw insufficientPrivileges('account', what)
}

/** The session has no current database or schema and the name does not say which. */
export const noCurrent = (what: 'database' | 'schema', verb: string) =>
  new SnowflakeError(
    what === 'database' ? '090105' : '090106',
    '22000',
    `Cannot perform ${verb}. This session does not have a current ${what}. Call 'USE ${what.toUpperCase()}', or use a qualified name.`,
  )
