import { GatewayError } from '#src/errors.ts'
import { boundedText } from '../http/bounded-text.ts'

const timeoutMilliseconds = 10_000
const maxAnswerBytes = 64 * 1024

/**
 * One POST to Google's STS or IAM Credentials. Never repeated, never redirected. Rejects with `mint_failed` that names the
 * service, the status and Google's status word; the answer's text is not kept, since it may repeat a token.
 */
export async function requestToken(
  service: string,
  url: string,
  body: URLSearchParams | object,
  bearer?: string,
): Promise<Readonly<Record<string, unknown>>> {
  const form = body instanceof URLSearchParams
  let status = 0
  let text = ''
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMilliseconds),
      headers: {
        'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      },
      body: form ? body : JSON.stringify(body),
    })
    status = response.status
    text = await boundedText(response, maxAnswerBytes)
  } catch (error) {
    if (error instanceof RangeError) throw new GatewayError('mint_failed', { detail: `${service} answered too much` })
    throw new GatewayError('mint_failed', { detail: `${service} cannot be reached: ${reason(error)}` })
  }
  const answer = parse(text)
  if (status === 200 && answer) return answer
  throw new GatewayError('mint_failed', { detail: `${service} answered ${status} ${statusWord(answer)}`.trimEnd() })
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** `PERMISSION_DENIED` of IAM, `invalid_grant` of STS: words of closed lists, never free text. */
function statusWord(answer: Readonly<Record<string, unknown>> | undefined): string {
  const error = answer?.error
  const word = error !== null && typeof error === 'object' && 'status' in error ? error.status : error
  return typeof word === 'string' && /^[A-Za-z_]{1,40}$/.test(word) ? word : ''
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { cause } = error
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name
}
