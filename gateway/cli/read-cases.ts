import { readFileSync } from 'node:fs'
import { ConfigProblems } from '#src/config/problem.ts'
import { fileError } from '#src/config/secret-reader.ts'
import { loadPolicyCases, type PolicyCase } from '#src/decide/policy-cases.ts'

/** When a case comes in that names no time: at noon of a working day, so that it means the same tomorrow. */
export const noon = Date.UTC(2026, 0, 6, 12)

/** Throws `ConfigProblems` with every problem of the file. */
export function readCases(file: string): readonly PolicyCase[] {
  const loaded = loadPolicyCases(readText(file), file)
  if ('problems' in loaded) throw new ConfigProblems(loaded.problems)
  return loaded.cases
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigProblems([{ file, line: 0, column: 0, path: '', message: fileError(error) }])
  }
}
