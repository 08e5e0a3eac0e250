import { GatewayError } from './errors.ts'

/** What went wrong and what to do, for whoever started the program: no trace, which says nothing to them. */
export function errorSentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // Of a name with several addresses that all refuse, Node has only a code.
  if (!(error instanceof GatewayError)) return error.message || ('code' in error ? String(error.code) : error.name)
  const { message, next, detail } = error
  return [message, next, detail && `(${detail})`].filter(Boolean).join(' ')
}

/** What kept a request from being answered: `fetch` says only that it failed, and keeps why as its cause. */
export function requestFailure(error: unknown): string {
  return errorSentence(error instanceof Error && error.cause instanceof Error ? error.cause : error)
}

/** What a setting names and a program cannot do without. Rejects with the setting's name before the sentence. */
export async function needed<T>(setting: string, opened: Promise<T>): Promise<T> {
  try {
    return await opened
  } catch (error) {
    throw new Error(`${setting}: ${errorSentence(error)}`, { cause: error })
  }
}
