import type { MaskKind } from '../decide/decision.ts'
import type { Cell, Column } from '../execute/warehouse.ts'
import type { ContentMask, Report } from './content-mask.ts'
import { jsonBytes } from './json-bytes.ts'
import { maskJsonText } from './mask-json-text.ts'
import { maskValue } from './mask-value.ts'
import { traitsOf } from './text-traits.ts'

/** How the values of one column leave in a page that is not parsed, by their text on the wire. A null stays one. */
export type WireMask =
  /** Every value leaves as this text, or null; `json`: the same as JSON. */
  | { readonly kind: 'constant'; readonly text: string | null; readonly json: Uint8Array }
  | { readonly kind: 'value'; readonly hide: (text: string) => string | null }
  /** Asked only where the text has traits (`traitsOfBytes`); answers with the same string where nothing is found. */
  | { readonly kind: 'content'; readonly hide: (text: string, traits: number) => string | null }

/** How a wire writes the values of a column; never used for a null. */
export interface WireCodec {
  readonly read: (text: string) => Cell
  readonly write: (value: Exclude<Cell, null>) => string
}

/** `maskValue` for a wire. */
export function wireMask(kind: MaskKind, type: Column['type'], key: string, { read, write }: WireCodec): WireMask {
  const masked = maskValue(kind, type, key)
  const hide = (text: string) => {
    const value = masked(read(text))
    return value === null ? null : write(value)
  }
  if (kind !== 'null' && kind !== 'redact') return { kind: 'value', hide }
  const text = type === 'string' ? hide('') : null
  return { kind: 'constant', text, json: jsonBytes(text) }
}

/** `contentMask` for a wire. The text of a `json` column is JSON itself, and detectors look into its strings. */
export function wireContentMask(content: ContentMask, type: 'string' | 'json', report: Report): WireMask {
  const hide = (text: string, traits: number) => content.text(text, traits, report)
  if (type === 'string') return { kind: 'content', hide }
  return { kind: 'content', hide: text => maskJsonText(text, each => hide(each, traitsOf(each))) }
}
