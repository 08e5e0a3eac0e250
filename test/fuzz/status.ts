import { NoGoogleSql } from './google-sql.ts'

/** What a run ends with where GoogleSQL's parser cannot be had; nothing else ends so. */
export const noGoogleSqlStatus = 3

/** Plays the parts one after the other: 1 after a counterexample, whatever could not be played. Other errors are thrown. */
export async function fuzzStatus(parts: readonly (() => Promise<number>)[]): Promise<number> {
  let counterexamples = 0
  let missing = false
  for (const part of parts) {
    try {
      counterexamples += await part()
    } catch (error) {
      if (!(error instanceof NoGoogleSql)) throw error
      console.error(`GoogleSQL's parser cannot be had here: ${error.message}`)
      missing = true
    }
  }
  if (counterexamples > 0) return 1
  return missing ? noGoogleSqlStatus : 0
}
