import { asGatewayError } from '../errors.ts'
import { decodeString, expectEnd, skipSpace, valueEnd } from '../execute/json-bytes.ts'
import type { MaskText } from './mask-value.ts'
import { PageRewriter } from './page-rewriter.ts'

/**
 * JSON as text with every string inside of it masked, names of members too; numbers keep their digits. Text that is not JSON
 * (Snowflake's VARIANT may say `undefined`) is masked as text.
 */
export function maskJsonText(text: string, hide: MaskText): string | null {
  const bytes = Buffer.from(text)
  const rewriter = new PageRewriter(bytes)
  const onString = (start: number, end: number, isName: boolean) => {
    const raw = decodeString(bytes, start, end)
    const masked = hide(raw)
    if (masked !== raw) rewriter.replaceString(start - 1, end + 1, isName ? (masked ?? '') : masked)
  }
  try {
    expectEnd(bytes, valueEnd(bytes, skipSpace(bytes, 0), onString))
  } catch (error) {
    if (asGatewayError(error).code === 'result_shape') return hide(text)
    throw error
  }
  const masked = rewriter.finish()
  return masked === bytes ? text : Buffer.from(masked).toString()
}
