import { asGatewayError } from '../errors.ts'
import { decodeString, expectEnd, skipSpace, valueEnd } from '../execute/json-bytes.ts'
import { isTelling, maskMember } from './mask-member.ts'
import type { MaskText } from './mask-value.ts'
import { PageRewriter } from './page-rewriter.ts'

/** Of a number: shorter ones are counts, or say yes and no. */
const fewestDigits = 4

/** What says of the value beside it what that is: `{"name":"…","value":"…"}`. */
const labels = /^(?:name|key|type|system)$/i

/**
 * JSON as text with every string inside of it masked, names of members too; numbers keep their digits, but where a name says what they
 * are. `name`: what all of it is called. Text that is not JSON (Snowflake's VARIANT may say `undefined`) is masked as text.
 */
export function maskJsonText(text: string, hide: MaskText, name = ''): string | null {
  const bytes = Buffer.from(text)
  const rewriter = new PageRewriter(bytes)
  let [said, label] = [name, '']
  const told = () => (/^value$/i.test(said) ? label : said)
  const onNumber = (start: number, end: number) => {
    if (end - start < fewestDigits || !isTelling(told())) return
    const digits = bytes.toString('latin1', start, end)
    const masked = maskMember(told(), digits, hide)
    if (masked !== digits) rewriter.replaceString(start, end, masked)
  }
  const onString = (start: number, end: number, isName: boolean) => {
    const raw = decodeString(bytes, start, end)
    const masked = isName || !isTelling(told()) ? hide(raw) : maskMember(told(), raw, hide)
    if (isName) said = raw
    else if (labels.test(said)) label = raw
    if (masked !== raw) rewriter.replaceString(start - 1, end + 1, isName ? (masked ?? '') : masked)
  }
  try {
    expectEnd(bytes, valueEnd(bytes, skipSpace(bytes, 0), { onString, onNumber }))
  } catch (error) {
    if (asGatewayError(error).code === 'result_shape') return hide(text)
    throw error
  }
  const masked = rewriter.finish()
  return masked === bytes ? text : Buffer.from(masked).toString()
}
