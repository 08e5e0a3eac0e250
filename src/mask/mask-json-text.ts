import { asGatewayError } from '../errors.ts'
import { decodeString, expectEnd, skipSpace, valueEnd } from '../execute/json-bytes.ts'
import { idNames } from './detect-national-ids.ts'
import { phoneNames } from './detect-numbers.ts'
import { settingNames } from './detect-secrets.ts'
import type { MaskText } from './mask-value.ts'
import { PageRewriter } from './page-rewriter.ts'

/** Names that detectors go by, where nothing in a value says what it is. */
const telling = new RegExp([idNames, phoneNames, settingNames].join('|'), 'i')

/**
 * JSON as text with every string inside of it masked, names of members too; numbers keep their digits. Text that is not JSON
 * (Snowflake's VARIANT may say `undefined`) is masked as text.
 */
export function maskJsonText(text: string, hide: MaskText): string | null {
  const bytes = Buffer.from(text)
  const rewriter = new PageRewriter(bytes)
  let name = ''
  const onString = (start: number, end: number, isName: boolean) => {
    const raw = decodeString(bytes, start, end)
    const masked = isName || !telling.test(name) ? hide(raw) : maskMember(name, raw, hide)
    if (isName) name = raw
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

/** What is found in a value by itself, or else by the name before it. No quote within may end the value too soon. */
function maskMember(name: string, value: string, hide: MaskText): string | null {
  const alone = hide(value)
  if (alone !== value) return alone
  const before = `"${name}":"`
  const member = `${before}${value.replaceAll('"', "'")}"`
  const masked = hide(member)
  if (masked === member) return value
  return masked?.startsWith(before) ? masked.slice(before.length, -1) : null
}
