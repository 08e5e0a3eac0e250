const statusNames: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
}

/** A refusal in the envelope of Google's REST APIs. https://cloud.google.com/apis/design/errors */
export class GoogleError extends Error {
  readonly code: number
  /** Legacy reason of BigQuery's `errors[]`; the newer APIs have none. */
  readonly reason: string | undefined
  readonly location: string | undefined

  constructor(code: number, message: string, reason?: string, location?: string) {
    super(message)
    this.code = code
    this.reason = reason
    this.location = location
  }

  get body() {
    const entry = {
      message: this.message,
      domain: 'global',
      reason: this.reason,
      ...(this.location ? { location: this.location, locationType: 'parameter' } : {}),
    }
    return {
      error: {
        code: this.code,
        message: this.message,
        ...(this.reason ? { errors: [entry] } : {}),
        status: statusNames[this.code] ?? 'UNKNOWN',
      },
    }
  }
}

/** A refusal of an OAuth token endpoint (RFC 6749, section 5.2). */
export class OAuthError extends Error {
  readonly error: string
  readonly code = 400

  constructor(error: string, description: string) {
    super(description)
    this.error = error
  }

  get body() {
    return { error: this.error, error_description: this.message }
  }
}

/** The answer of every Google API to a missing, expired, revoked or foreign bearer. */
export function invalidCredentials(): GoogleError {
  return new GoogleError(
    401,
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid ' +
      'authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    'authError',
    'Authorization',
  )
}
