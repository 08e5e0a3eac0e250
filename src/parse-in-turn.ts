import { setImmediate as immediate } from 'node:timers/promises'

/** Shorter texts are parsed at once. */
const smallLength = 64 * 1024
/** Of all that are kept. */
const maxKeptLength = 8 * 1024 * 1024

/** Those used last come last. Found by the whole text, so that none stands for another. */
const kept = new Map<string, unknown>()
let keptLength = 0
let turn: Promise<unknown> = Promise.resolve()

/**
 * JSON. Large texts, as of statements with many bound values, are parsed one after the other, and requests are answered in between; one
 * that is asked for over and over is parsed once. Whoever gets a value changes nothing in it.
 */
export async function parseInTurn(text: string): Promise<unknown> {
  if (text.length < smallLength) return JSON.parse(text)
  const parsed = turn.then(() => known(text) ?? parseLater(text))
  turn = parsed.catch(() => undefined)
  return parsed
}

function known(text: string): unknown {
  const value = kept.get(text)
  if (value !== undefined && kept.delete(text)) kept.set(text, value)
  return value
}

async function parseLater(text: string): Promise<unknown> {
  await immediate()
  const value: unknown = JSON.parse(text)
  kept.set(text, value)
  keptLength += text.length
  for (const oldest of kept.keys()) {
    if (keptLength <= maxKeptLength) break
    kept.delete(oldest)
    keptLength -= oldest.length
  }
  return value
}
