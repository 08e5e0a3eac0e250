import { parseArgs } from 'node:util'
import { bigqueryDoor } from './bigquery/door.ts'
import { columnarMaskingThroughput, maskingThroughput } from './masking.ts'
import { latencyOfDecisions } from './slack.ts'
import { latencyOfSmallQueries } from './small-query.ts'
import { snowflakeDoor } from './snowflake/door.ts'

// `npm run bench`, or `npm run bench -- latency` (`--rounds 200`, `--verify risky`), `-- snowflake` or `-- bigquery` (`--rows 1000000`),
// `-- masking`, `-- slack`: figures of one run,
// to be compared with each other and not with another run's.
const { values, positionals } = parseArgs({
  options: {
    rounds: { type: 'string', default: '400' },
    rows: { type: 'string', default: '100000' },
    verify: { type: 'string', multiple: true, default: ['risky', 'always'] },
  },
  allowPositionals: true,
})
const parts: Readonly<Record<string, () => Promise<void>>> = {
  latency: () => latencyOfSmallQueries(Number(values.rounds), values.verify),
  slack: () => latencyOfDecisions(Math.ceil(Number(values.rounds) / 8)),
  snowflake: () => snowflakeDoor({ rounds: Number(values.rounds), rows: Number(values.rows) }),
  bigquery: () => bigqueryDoor({ rounds: Number(values.rounds), rows: Number(values.rows) }),
  masking: async () => {
    await maskingThroughput()
    await columnarMaskingThroughput()
  },
}
for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
  const part = parts[name]
  if (!part) throw new Error(`no part "${name}"; one of: ${Object.keys(parts).join(', ')}`)
  await part()
}
