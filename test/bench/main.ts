import { parseArgs } from 'node:util'
import { bigqueryDoor } from './bigquery/door.ts'
import { columnarMaskingThroughput, maskingThroughput } from './masking.ts'
import { latencyOfDecisions } from './slack.ts'
import { latencyOfSmallQueries } from './small-query.ts'
import { snowflakeDoor } from './snowflake/door.ts'

const usage = `Usage: npm run bench -- [PART …] [options]
Figures of one run, to be compared with each other and not with another run's.

Parts, all of them where none is named:
  latency     a small query through the REST door
  slack       a decision in Slack
  snowflake   the Snowflake door: small queries and a large result
  bigquery    the BigQuery door: the same
  masking     masking alone, beside JSON.parse and a copy of the same bytes

Options:
  --rounds N      small queries on each way (400); 0 leaves them out
  --rows N        rows of the large result (100000); 0 leaves it out
  --gigabytes N   of snowflake: one more result, of so many gigabytes (0)
  --verify WORD   of latency: risky or always; both where absent
  --help`

interface Options {
  readonly rounds: number
  readonly rows: number
  readonly gigabytes: number
  readonly verify: readonly string[]
}

const parts: Readonly<Record<string, (options: Options) => Promise<void>>> = {
  latency: ({ rounds, verify }) => latencyOfSmallQueries(rounds, verify),
  slack: ({ rounds }) => latencyOfDecisions(Math.ceil(rounds / 8)),
  snowflake: options => snowflakeDoor(options),
  bigquery: options => bigqueryDoor(options),
  masking: async () => {
    await maskingThroughput()
    await columnarMaskingThroughput()
  },
}

/** Throws what a person can read. */
function asked(): Options & { readonly names: readonly string[]; readonly help: boolean } {
  const { values, positionals } = parseArgs({
    options: {
      rounds: { type: 'string', default: '400' },
      rows: { type: 'string', default: '100000' },
      gigabytes: { type: 'string', default: '0' },
      verify: { type: 'string', multiple: true, default: ['risky', 'always'] },
      help: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  })
  const unknown = positionals.find(name => !Object.hasOwn(parts, name))
  if (unknown !== undefined) throw new Error(`There is no part "${unknown}".`)
  const names = positionals.length > 0 ? positionals : Object.keys(parts)
  const counts = {
    rounds: count('rounds', values.rounds),
    rows: count('rows', values.rows),
    gigabytes: count('gigabytes', values.gigabytes),
  }
  return { ...values, ...counts, names }
}

function count(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new Error(`--${option} takes a whole number.`)
}

function optionsOrUsage(): ReturnType<typeof asked> {
  try {
    const options = asked()
    if (!options.help) return options
    console.log(usage)
    process.exit(0)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
    process.exit(2)
  }
}

const { names, ...options } = optionsOrUsage()
for (const name of names) await parts[name]?.(options)
