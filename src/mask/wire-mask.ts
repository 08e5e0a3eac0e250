import type { MaskKind } from '../decide/decision.ts'
import { jsonBytes } from '../execute/json-bytes.ts'
import type { Column } from '../execute/warehouse.ts'
import type { WireCodec } from '../execute/wire-page.ts'
import type { ContentMask, Report } from './content-mask.ts'
import { asciiMasks, type MaskAsciiAmong } from './mask-ascii.ts'
import { type MaskBytes, maskBytes } from './mask-bytes.ts'
import { maskJsonText } from './mask-json-text.ts'
import { isTelling, maskMember, partName } from './mask-member.ts'
import { maskValue } from './mask-value.ts'
import { traitsOf } from './text-traits.ts'

/** How the values of one column leave in a page that is not parsed, by their text on the wire. A null stays one. */
export type WireMask =
  /** Every value leaves as this text, or null; `json`: the same as JSON. */
  | { readonly kind: 'constant'; readonly text: string | null; readonly json: Uint8Array }
  | ValueWireMask
  /** Asked only where the text has traits (`traitsOfBytes`); answers with the same string where nothing is found. */
  | ContentWireMask

export interface ValueWireMask {
  readonly kind: 'value'
  readonly hide: (text: string) => string | null
  /** The same where the bytes of a text are the text itself, and ASCII; absent where strings are needed. */
  readonly ascii?: MaskAsciiAmong
}

export interface ContentWireMask {
  readonly kind: 'content'
  /** Whether a text is asked for without traits, too: under such a name it may hold something without any sign of its own. */
  readonly always: boolean
  readonly hide: (text: string, traits: number) => string | null
  /** The same of a text inside of a value that came in parts, which is called so: never JSON. */
  readonly part: (name: string) => ContentWireMask
  /** Of bytes, wherever they stand. */
  readonly hideBytes: MaskBytes
}

/** Of a text: as objects begin and end, and lists of texts or objects. */
const isJson = /^\s*(?:\{\s*".*\}|\[\s*["{].*\])\s*$/s

/** `maskValue` for a wire. */
export function wireMask(kind: MaskKind, type: Column['type'], key: string, { read, write }: WireCodec): WireMask {
  const masked = maskValue(kind, type, key)
  const hide = (text: string) => {
    const value = masked(read(text))
    return value === null ? null : write(value)
  }
  if (kind !== 'null' && kind !== 'redact') {
    const ascii = type === 'string' ? asciiMasks[kind] : undefined
    return { kind: 'value', hide, ...(ascii ? { ascii } : {}) }
  }
  const text = type === 'string' ? hide('') : null
  return { kind: 'constant', text, json: jsonBytes(text) }
}

/**
 * `contentMask` for a wire. The text of a `json` column is JSON itself, and detectors look into its strings. `names`: what it, and what it
 * comes from, is called. `done` is told of each value that was looked through.
 */
export function wireContentMask(
  content: ContentMask,
  type: 'string' | 'json',
  report: Report,
  done: () => void = () => undefined,
  names: readonly string[] = [],
): ContentWireMask {
  const look = (text: string, traits: number) => content(text, traits, report)
  const lookAnew = (text: string) => look(text, traitsOf(text))
  const told =
    <Value extends readonly unknown[], Masked>(hide: (...value: Value) => Masked) =>
    (...value: Value) => {
      const masked = hide(...value)
      done()
      return masked
    }
  const under = (name: string, isPart: boolean): ContentWireMask => {
    const always = isTelling(name)
    const named = always ? (text: string) => maskMember(name, text, lookAnew) : look
    const inText = (text: string, traits: number) =>
      isJson.test(text) ? maskJsonText(text, lookAnew, { name, numbers: true }) : named(text, traits)
    const inJson = (text: string) => maskJsonText(text, lookAnew, { name })
    const hide = told(isPart ? named : type === 'json' ? inJson : inText)
    const part = (own: string) => under(partName(own, name), true)
    return {
      kind: 'content',
      always: always && (isPart || type === 'string'),
      hide,
      part,
      hideBytes: told(maskBytes(named)),
    }
  }
  return under(names.find(isTelling) ?? '', false)
}
