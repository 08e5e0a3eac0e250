import { parseArgs } from 'node:util'
import { fuzzGoogleSql, fuzzLineage, fuzzPipes, fuzzRelations } from './fuzz.ts'
import { fuzzStatus } from './status.ts'

// `npm run fuzz -- --seconds 60 --seed 1`: made-up statements against what they were made of (both dialects), against
// GoogleSQL's own parser, and against what it says that queries with tangled names, and queries of pipes, rest on (BigQuery), a
// quarter of the time each; `--texts` bounds their number, too. Ends with 1 after a counterexample, with 2 where an option is wrong, else with 3 where
// GoogleSQL cannot be had. `--only relations`, `googlesql`, `lineage` or `pipes` does one of the four.

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    texts: { type: 'string', default: '1000000000' },
    only: { type: 'string', default: '' },
  },
})
const named: Readonly<Record<string, typeof fuzzRelations>> = {
  relations: fuzzRelations,
  googlesql: fuzzGoogleSql,
  lineage: fuzzLineage,
  pipes: fuzzPipes,
}
const [seconds, seed, texts] = [Number(values.seconds), Number(values.seed), Number(values.texts)]
if (
  !(seconds > 0 && seconds <= 86_400) ||
  !Number.isSafeInteger(seed) ||
  !(texts > 0) ||
  (values.only && !named[values.only])
) {
  console.error(
    '--seconds takes a number up to 86400, --seed a whole number, --texts a number, --only relations, googlesql, lineage or pipes',
  )
  process.exit(2)
}
console.log(`seed ${seed}, ${seconds} s`)
const parts = Object.values(named).filter(part => !values.only || part === named[values.only])
const bounds = { seed, seconds: seconds / parts.length, texts: texts / parts.length }
process.exitCode = await fuzzStatus(parts.map(part => () => part(bounds)))
