import { dirname, resolve } from 'node:path'
import { nameContext } from '#src/classify/name-context.ts'
import { readDocument } from '#src/config/document.ts'
import { policyPath, readConfigFile } from '#src/config/load.ts'
import { ConfigProblems, didYouMean } from '#src/config/problem.ts'
import type { ConnectionFile } from '#src/config/schema.ts'
import { sizeBytes, sizePattern } from '#src/config/units.ts'
import { type Asked, type AskingAgent, agentSchema, spendingOf, spentSchema } from '#src/decide/asked.ts'
import type { Estimate } from '#src/decide/decision.ts'
import type { Spending } from '#src/decide/spending.ts'
import type { Dialect } from '#src/statement.ts'
import { configFile } from './open-records.ts'
import { CommandError } from './terminal.ts'

/** The options that describe a statement where no gateway is. */
export const askedOptions = {
  dialect: { type: 'string' },
  connection: { type: 'string' },
  config: { type: 'string' },
  policy: { type: 'string' },
  agent: { type: 'string' },
  groups: { type: 'string' },
  database: { type: 'string' },
  schema: { type: 'string' },
  estimate: { type: 'string' },
  spent: { type: 'string', multiple: true },
  purpose: { type: 'string' },
  at: { type: 'string' },
} as const
type Values = { readonly [K in Exclude<keyof typeof askedOptions, 'spent'>]?: string | undefined } & {
  readonly spent?: readonly string[] | undefined
}

/**
 * The statement as asked, and the policy file to judge it by, if any: the one named, else that of the configuration. Of the
 * configuration only the form is read; its secrets need not be there.
 */
export function askedFromOptions(sql: string, values: Values): { asked: Asked; policyFile?: string } {
  const named = connectionNamed(values)
  const dialect = values.dialect ?? named?.connection.kind
  if (dialect !== 'snowflake' && dialect !== 'bigquery')
    throw new CommandError(
      'Give --dialect snowflake or --dialect bigquery, or --connection NAME of a configuration.',
      2,
    )
  if (named && named.connection.kind !== dialect)
    throw new CommandError(`--dialect: connection "${values.connection}" speaks ${named.connection.kind}.`, 2)
  const estimate = values.estimate === undefined ? undefined : estimateOf(values.estimate)
  const asked: Asked = {
    ...{ sql, dialect: dialect as Dialect, agent: agentOf(values.agent, values.groups) },
    context: contextOf(values, named?.connection),
    ...(estimate && { estimate }),
    ...(values.spent && { spent: values.spent.map(spendingOfText) }),
    ...(values.purpose !== undefined && { purpose: values.purpose }),
    ...(values.at !== undefined && { at: momentOf(values.at) }),
  }
  const policyFile = values.policy ?? named?.policyFile
  return { asked, ...(policyFile !== undefined && { policyFile }) }
}

interface NamedConnection {
  readonly connection: ConnectionFile
  readonly policyFile: string
}

function connectionNamed({ connection: name, config }: Values): NamedConnection | undefined {
  if (name === undefined && config === undefined) return undefined
  if (name === undefined) throw new CommandError('--config FILE needs --connection NAME: which of its connections?', 2)
  const file = configFile(config)
  const { document, problems } = readConfigFile(resolve(file))
  if (!document || problems.length > 0) throw new ConfigProblems(problems)
  const { connections, policy } = document.value
  const connection = Object.hasOwn(connections, name) ? connections[name] : undefined
  if (!connection)
    throw new CommandError(`--connection: no "${name}" in ${file}${didYouMean(name, Object.keys(connections))}`, 2)
  return { connection, policyFile: policyPath(dirname(file), policy.file) }
}

function contextOf(
  { connection: name, ...values }: Values,
  connection?: ConnectionFile,
): NonNullable<Asked['context']> {
  const snowflake = connection?.kind === 'snowflake'
  const database = values.database ?? (snowflake ? connection.database : connection?.project)
  const schema = values.schema ?? (snowflake ? connection.schema : connection?.dataset)
  return {
    ...(name !== undefined && { connection: name }),
    ...nameContext({ database, schema }),
  }
}

/** A name, or an object in JSON as a case of a policy would have it. */
function agentOf(text: string | undefined, groups: string | undefined): AskingAgent {
  const named = text === undefined ? {} : text.trimStart().startsWith('{') ? agentFromJson(text) : { subject: text }
  if (groups === undefined) return named
  return { ...named, groups: groups.split(',').flatMap(group => group.trim() || []) }
}

function agentFromJson(text: string): AskingAgent {
  const { document, problems } = readDocument(text, '--agent', agentSchema)
  if (!document || problems.length > 0) throw new CommandError(new ConfigProblems(problems).message, 2)
  return document.value
}

/** `over=24h,bytes=490GiB,failures=3`, or `group=analysts,over=7d,cost=190`, as a case of a policy would have it. */
function spendingOfText(text: string): Spending {
  const fields = text.split(',').map(part => part.split('=').map(piece => piece.trim()))
  const yaml = fields.map(([name = '', value = '']) => `${name}: ${name === 'group' ? JSON.stringify(value) : value}`)
  const { document, problems } = readDocument(`{ ${yaml.join(', ')} }`, '--spent', spentSchema)
  if (!document || problems.length > 0)
    throw new CommandError(
      '--spent: over=24h, and any of statements, rows, bytes=50GiB, cost, failures, denials; with group=NAME that of a group',
      2,
    )
  return spendingOf(document.value)
}

function momentOf(text: string): number {
  const milliseconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isFinite(milliseconds)) throw new CommandError('--at: a moment in UTC such as 2026-01-06T12:00:00Z', 2)
  return milliseconds
}

/** `rows=4210,bytes=50GiB,cost=0.5`; bytes also as a plain number. */
function estimateOf(text: string): Estimate {
  const known: Record<string, number> = {}
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=').map(piece => piece.trim())
    const size = name === 'bytes' && new RegExp(sizePattern).test(value)
    const form = name === 'cost' ? /^\d{1,9}(\.\d{1,9})?$/ : /^\d{1,15}$/
    if (!['rows', 'bytes', 'cost'].includes(name) || !(size || form.test(value)))
      throw new CommandError(
        '--estimate: rows=NUMBER, bytes=NUMBER or bytes=50GiB, cost=DOLLARS, with commas between',
        2,
      )
    known[name] = size ? sizeBytes(value) : Number(value)
  }
  return known
}
