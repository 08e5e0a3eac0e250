import { webApi } from '@slack/bolt'
import { errorCode, unreadableAnswer } from './logger.ts'

/**
 * What a failed call to Slack means. `later`: Slack is away, busy or limits us, or the answer was lost, so the call may have
 * had its effect; everything waits. `refused`: this call is wrong, and so it will be next time.
 */
type SlackFault =
  | { readonly kind: 'later'; readonly code: string; readonly retryAfterMilliseconds?: number }
  | { readonly kind: 'refused'; readonly code: string }

const passing = new Set([
  'ratelimited',
  'rate_limited',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
  unreadableAnswer,
])

export function slackFault(error: unknown): SlackFault {
  const code = errorCode(error)
  if (error instanceof webApi.WebAPIRateLimitedError) {
    return { kind: 'later', code, retryAfterMilliseconds: error.retryAfter * 1000 }
  }
  if (error instanceof webApi.WebAPIRequestError || error instanceof webApi.WebAPIHTTPError)
    return { kind: 'later', code }
  if (error instanceof webApi.WebAPIPlatformError && passing.has(code)) return { kind: 'later', code }
  return { kind: 'refused', code }
}
