import type { DriverContext } from '#src/authenticate/driver-sessions.ts'
import type { Completed } from '#src/outcome.ts'
import { type Envelope, succeeded } from './envelope.ts'
import { toldParameters } from './parameters.ts'
import { queryIdOf } from './query-id.ts'
import { ownColumn, type RowtypeEntry, rowtypeOf } from './rowtype.ts'
import { countColumnOf, statementTypeOf } from './statement-type.ts'
import { wireText } from './wire-text.ts'

export type Rowset = readonly (readonly (string | null)[])[]

interface Answered {
  readonly rowtype: readonly RowtypeEntry[]
  readonly rowset: Rowset
  readonly statementTypeId: number
}

/** What the driver should take for the session's state from now on. */
export interface Finally extends DriverContext {
  readonly virtualWarehouse?: string
}

/** The masked result of a statement. */
export async function completedAnswer(outcome: Completed, after: Finally): Promise<Envelope> {
  return answered(await answeredBy(outcome), after, queryIdOf(outcome.id))
}

/** Of a statement about the session itself. */
export function statusAnswer(statementTypeId: number, after: Finally, queryId: string): Envelope {
  return answered(statusOf(statementTypeId), after, queryId)
}

async function answeredBy({ result, classification, affectedRows }: Completed): Promise<Answered> {
  const statementTypeId = statementTypeOf(classification.kind)
  if (affectedRows !== undefined) {
    const column = ownColumn(countColumnOf(classification.kind), 'fixed')
    return { rowtype: [column], rowset: [[String(affectedRows)]], statementTypeId }
  }
  if (result.columns.length === 0) return statusOf(statementTypeId)
  const rowtype = rowtypeOf(result.columns)
  const rowset: (string | null)[][] = []
  for await (const { rows } of result.pages)
    for (const row of rows) rowset.push(row.map((cell, at) => wireText(cell, rowtype[at]?.type ?? 'text')))
  return { rowtype, rowset, statementTypeId }
}

function statusOf(statementTypeId: number): Answered {
  return { rowtype: [ownColumn('status', 'text')], rowset: [['Statement executed successfully.']], statementTypeId }
}

function answered({ rowtype, rowset, statementTypeId }: Answered, after: Finally, queryId: string): Envelope {
  return succeeded({
    parameters: toldParameters(after.parameters),
    ...{ rowtype, rowset, total: rowset.length, returned: rowset.length, queryId },
    databaseProvider: null,
    finalDatabaseName: after.database ?? null,
    finalSchemaName: after.schema ?? null,
    finalWarehouseName: after.virtualWarehouse ?? null,
    finalRoleName: null,
    numberOfBinds: 0,
    arrayBindSupported: false,
    ...{ statementTypeId, version: 1, queryResultFormat: 'json' },
  })
}
