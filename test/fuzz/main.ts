import { parseArgs } from 'node:util'
import { fuzzGoogleSql, fuzzRelations } from './fuzz.ts'
import { NoGoogleSql } from './google-sql.ts'

// `npm run fuzz -- --seconds 60 --seed 1`: made-up statements against GoogleSQL's own parser (BigQuery) and against what
// they were made of (both dialects), half of the time each; `--texts` bounds their number, too. Ends with 1 after a counterexample, with 2 where GoogleSQL
// cannot be had; `--without-googlesql` does not ask for it.

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    texts: { type: 'string', default: '1000000000' },
    'without-googlesql': { type: 'boolean', default: false },
  },
})
const [seconds, seed, texts] = [Number(values.seconds), Number(values.seed), Number(values.texts)]
if (!(seconds > 0 && seconds <= 86_400) || !Number.isSafeInteger(seed) || !(texts > 0)) {
  console.error('--seconds takes a number up to 86400, --seed a whole number, --texts a number')
  process.exit(2)
}
console.log(`seed ${seed}, ${seconds} s`)
try {
  const alone = values['without-googlesql']
  const bounds = alone ? { seed, seconds, texts } : { seed, seconds: seconds / 2, texts: texts / 2 }
  const counterexamples = await fuzzRelations(bounds)
  const more = alone ? 0 : await fuzzGoogleSql(bounds)
  process.exitCode = counterexamples + more > 0 ? 1 : 0
} catch (error) {
  if (!(error instanceof NoGoogleSql)) throw error
  console.error(`GoogleSQL's parser cannot be had here: ${error.message}`)
  process.exitCode = 2
}
