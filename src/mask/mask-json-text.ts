import { asGatewayError } from '../errors.ts'
import { decodeString, expectEnd, skipSpace, valueEnd } from '../execute/json-bytes.ts'
import { JsonNames, labelsOf } from './json-names.ts'
import { isTelling, maskMember, mayTell } from './mask-member.ts'
import type { MaskText } from './mask-value.ts'
import { PageRewriter } from './page-rewriter.ts'

/** Of a number: shorter ones are counts, or say yes and no. */
const fewestDigits = 4

interface Looked {
  /** What all of it is called. */
  readonly name?: string
  /** Whether numbers are looked at as texts are, and not only where a name says what they are. */
  readonly numbers?: boolean
}

/**
 * JSON as text with every string inside of it masked, names of members too; numbers keep their digits, but where a name says what they
 * are. Text that is not JSON (Snowflake's VARIANT may say `undefined`) is masked as text.
 */
export function maskJsonText(text: string, hide: MaskText, { name = '', numbers = false }: Looked = {}): string | null {
  const bytes = Buffer.from(text)
  const rewriter = new PageRewriter(bytes)
  const start = skipSpace(bytes, 0)
  try {
    const names = mayTell(text) || isTelling(name) ? new JsonNames(name, labelsOf(text, bytes, start)) : undefined
    const masked = (value: string) => {
      const told = names?.told() ?? ''
      return isTelling(told) ? maskMember(told, value, hide) : hide(value)
    }
    const onNumber = (from: number, to: number) => {
      if (to - from < fewestDigits || !(numbers || isTelling(names?.told() ?? ''))) return
      const digits = bytes.toString('latin1', from, to)
      const left = masked(digits)
      if (left !== digits) rewriter.replaceString(from, to, left)
    }
    const onString = (from: number, to: number, isName: boolean) => {
      const raw = decodeString(bytes, from, to)
      const left = isName ? (hide(raw) ?? '') : masked(raw)
      names?.said(raw, isName)
      if (left !== raw) rewriter.replaceString(from - 1, to + 1, left)
    }
    const onOpen = (isList: boolean) => names?.open(isList)
    expectEnd(bytes, valueEnd(bytes, start, { onString, onNumber, onOpen, onClose: () => names?.close() }))
  } catch (error) {
    if (asGatewayError(error).code === 'result_shape') return hide(text)
    throw error
  }
  const masked = rewriter.finish()
  return masked === bytes ? text : Buffer.from(masked).toString()
}
