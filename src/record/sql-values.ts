import { storable } from './session-row.ts'

/** What somebody asked for, as parameters of one statement: nothing of it ever stands in the SQL. `parameter`: the n-th, from 1. */
export function sqlValues(parameter: (n: number) => string) {
  const values: (string | number)[] = []
  return {
    values,
    /** Puts one more, and says how it is named in the SQL. */
    value: (given: string | number) => parameter(values.push(typeof given === 'string' ? storable(given) : given)),
  }
}
