import type { Detected } from '#src/mask/masked.ts'
import { count, plain } from './terminal.ts'

/** `NOTE: card in 3 cells, email in 1 cell`. */
export function detectedText(detected: readonly Detected[]): string {
  const columns = [...new Set(detected.map(({ column }) => column))]
  return columns
    .map(name => {
      const here = detected.filter(({ column }) => column === name)
      const found = here.map(
        ({ detector, cells }) => `${detector} in ${count(cells)} ${cells === 1 ? 'cell' : 'cells'}`,
      )
      return `${plain(name)}: ${found.join(', ')}`
    })
    .join('; ')
}
