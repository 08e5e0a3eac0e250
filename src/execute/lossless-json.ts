import type { Cell } from '#src/execute/warehouse.ts'

/**
 * JSON text as cells: numbers that a double cannot hold become strings with the digits as they stood. Text that is not
 * JSON (Snowflake's VARIANT may say `undefined`) stays text; it is never evaluated.
 */
export function losslessJson(text: string): Cell {
  try {
    return JSON.parse(text, keepDigits) as Cell
  } catch {
    return text
  }
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && context?.source !== undefined ? numberCell(context.source) : value
}

/** A number where a double holds every digit of the text, else the text. */
export function numberCell(text: string): number | string {
  const value = Number(text)
  if (!Number.isFinite(value) || text.trim() === '') return text
  if (Number.isInteger(value)) return Number.isSafeInteger(value) && significantDigits(text) <= 16 ? value : text
  return significantDigits(text) <= 15 || String(value) === text ? value : text
}

function significantDigits(text: string): number {
  return text
    .replace(/e.*$/i, '')
    .replaceAll(/[^0-9]/g, '')
    .replace(/^0+/, '').length
}
