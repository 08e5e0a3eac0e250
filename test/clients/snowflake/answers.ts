import assert from 'node:assert/strict'
import type { Answer } from '../client.ts'

export type Row = Readonly<Record<string, unknown>>

export function rowsOf(answer: Answer | undefined): readonly Row[] {
  assert.ok(answer?.rows, JSON.stringify(answer))
  return answer.rows
}

/** Values as numbers where they are ones: clients differ in what they make of decimals. */
export function numbers(row: Row | undefined, ...names: readonly string[]): number[] {
  return names.map(name => Number(row?.[name]))
}

/** How many rows a write changed: clients show it as a row with one column, whatever they call that. */
export function changed(answer: Answer | undefined): number {
  return Number(Object.values(rowsOf(answer)[0] ?? {})[0])
}

export function assertRefused(answer: Answer | undefined, code: number, sqlState: string, words: RegExp): void {
  assert.deepEqual([Number(answer?.code), answer?.sqlState], [code, sqlState], JSON.stringify(answer))
  assert.match(answer?.message ?? '', words)
}
