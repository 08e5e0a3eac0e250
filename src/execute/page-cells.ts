import { GatewayError } from '../errors.ts'
import { wholeBytes } from '../whole-bytes.ts'
import { cutArrow } from './arrow/cut-arrow.ts'
import { bigqueryReader } from './bigquery-text.ts'
import { arrowTexts } from './snowflake-arrow/arrow-texts.ts'
import { snowflakeReader } from './snowflake-text.ts'
import type { Cell, Column, WireType } from './warehouse.ts'
import { wireOf } from './wire-codecs.ts'
import type { WireForm, WirePage } from './wire-page.ts'

type Row = readonly Cell[]
type ReadValue = (value: unknown) => Cell

type ReadPage = (bytes: Uint8Array, types: readonly WireType[], from: number, to: number | undefined) => Row[]

const formReaders: Readonly<Record<WireForm, ReadPage>> = {
  'snowflake-rowset': (bytes, types, from, to) => textCells(parsedRows(bytes).slice(from, to), types),
  'bigquery-rows': (bytes, types, from, to) => {
    const readers = types.map(valueReader)
    const rows = parsedRows(bytes).slice(from, to)
    return rows.map(row => fieldCells(row, readers))
  },
  'snowflake-arrow': (bytes, types, from, to) => {
    const first = to === undefined ? bytes : cutArrow(bytes, to)
    return textCells([...arrowTexts(first, types)].flat().slice(from), types)
  },
}

/** Some rows of a page as cells, or all. Throws `result_shape` where one is not as wide as its columns. */
export function pageCells(page: WirePage, columns: readonly Column[], from = 0, to?: number): Row[] {
  return formReaders[page.form](wholeBytes(page.pieces), columns.map(wireOf), from, to)
}

/** The rows of a page in JSON, parsed and no more. */
export function parsedRows(bytes: Uint8Array): unknown[] {
  const rows: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString())
  if (!Array.isArray(rows)) throw wrongShape()
  return rows
}

/** Of rows in Snowflake's texts. */
function textCells(rows: readonly unknown[], types: readonly WireType[]): Row[] {
  const readers = types.map(type => textReader(snowflakeReader(type)))
  return rows.map(row => cells(row, readers))
}

function cells(row: unknown, readers: readonly ReadValue[]): Row {
  if (!Array.isArray(row) || row.length !== readers.length) throw wrongShape()
  return readers.map((read, at) => read(row[at]))
}

/** Of `{"f":[{"v":"a"},…]}`. */
function fieldCells(row: unknown, readers: readonly ReadValue[]): Row {
  const fields = memberOf(row, 'f')
  return cells(Array.isArray(fields) ? fields.map(field => memberOf(field, 'v')) : undefined, readers)
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}

function textReader(read: (text: string) => Cell): ReadValue {
  return value => (typeof value === 'string' ? read(value) : null)
}

function valueReader(type: WireType): ReadValue {
  const { repeated, ...element } = type
  if (repeated) {
    const read = valueReader(element)
    return value => (Array.isArray(value) ? value.map(item => read(memberOf(item, 'v'))) : [])
  }
  const { fields } = type
  if (!fields) return textReader(bigqueryReader(type))
  const readers = fields.map(valueReader)
  return value => {
    if (value === null || value === undefined) return null
    const inner = fieldCells(value, readers)
    return Object.fromEntries(fields.map(({ name }, at) => [name, inner[at] ?? null]))
  }
}

function wrongShape(): GatewayError {
  return new GatewayError('result_shape', { detail: 'a row does not match its columns' })
}
