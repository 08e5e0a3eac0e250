import { parseSessionId, type SessionId } from '#src/statement.ts'

/**
 * The session that a message of ours is about. Each of them ends in its own id; the words of agents, who may name another, stand
 * before it. Only an id to look up: what else the message says is not believed.
 */
export function sessionIn({ text, blocks }: { readonly text?: string; readonly blocks?: unknown }): string {
  const ids = `${text} ${JSON.stringify(blocks)}`.match(/[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2}/g)
  return ids?.at(-1) ?? ''
}

/** The id that somebody wrote, without the quotes and stops that it was copied with, or that a phone put there. */
export function sessionNamed(word: string): SessionId | undefined {
  return parseSessionId(word.replaceAll(/^[`*_"'“”„‘’<(]+|[`*_"'“”‘’>).,:;]+$/g, ''))
}
