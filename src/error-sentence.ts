import { GatewayError } from './errors.ts'

/** What went wrong and what to do, for whoever started the program: no trace, which says nothing to them. */
export function errorSentence(error: unknown): string {
  if (!(error instanceof GatewayError)) return error instanceof Error ? error.message : String(error)
  const { message, next, detail } = error
  return [message, next, detail && `(${detail})`].filter(Boolean).join(' ')
}

/** What a setting names and a program cannot do without. Rejects with the setting's name before the sentence. */
export async function needed<T>(setting: string, opened: Promise<T>): Promise<T> {
  try {
    return await opened
  } catch (error) {
    throw new Error(`${setting}: ${errorSentence(error)}`, { cause: error })
  }
}
