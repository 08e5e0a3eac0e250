#!/usr/bin/env node
import { errorSentence } from '#src/error-sentence.ts'
import { checkCommand } from './check-command.ts'
import { explainCommand } from './explain-command.ts'
import { grantsCommand } from './grants-command.ts'
import { linksCommand } from './links-command.ts'
import { policyCommand } from './policy-command.ts'
import { queryCommand } from './query-command.ts'
import { sessionsCommand } from './sessions-command.ts'
import { taintsCommand } from './taints-command.ts'
import { CommandError, complain, endWithReader, print } from './terminal.ts'

interface Command {
  readonly run: (args: readonly string[]) => Promise<number>
  /** As `--help` shows it. */
  readonly usage: string
}

const commands: Readonly<Record<string, Command>> = {
  query: {
    run: queryCommand,
    usage: `querywarden query "SQL" [--connection NAME] [--purpose TEXT] [--url URL] [--json]
    submit one statement as an agent; waits while it is held or runs
    exit status: 0 ran · 2 wrong use · 3 refused, denied, expired or withdrawn · 4 failed
querywarden query --cancel ID [--url URL] [--json]
    end one that waits or runs
    exit status: 0 withdrawn · 1 it had ended before · 3 refused · 5 told to end, and still running
`,
  },
  sessions: {
    run: sessionsCommand,
    usage: `querywarden sessions find [--agent NAME] [--table NAME] [--rule NAME] [--state STATE] [--text TEXT] [--since 24h] [--limit N] [--json]
querywarden sessions show ID [--json]
querywarden sessions replay ID
    look up what happened; reads the record store named in the configuration
    STATE: ran, denied, failed, expired, withdrawn, held, running or unknown
`,
  },
  taints: {
    run: taintsCommand,
    usage: `querywarden taints list [--connection NAME] [--json]
    columns that are sensitive because they were written from sensitive ones
querywarden taints clear TABLE --connection NAME --reason TEXT
    they are no more; who said so and why is kept. exits 1 where there are none, or some stay: a statement that may still write them
`,
  },
  grants: {
    run: grantsCommand,
    usage: `querywarden grants list [--json]
    shapes of statements that run without asking, because who approved one of them granted that
querywarden grants revoke ID --reason TEXT
    such statements wait for people again; who said so and why is kept. exits 1 where there is none
`,
  },
  links: {
    run: linksCommand,
    usage: `querywarden links list [--json]
    Slack accounts that people linked to themselves by signing in
querywarden links revoke PERSON --reason TEXT
    the account is nobody's from then on; who said so and why is kept. exits 1 where there is none
`,
  },
  check: {
    run: checkCommand,
    usage: `querywarden check FILE [--for gateway|bot]
    every problem of a configuration and its policy at once; exits 1 where there is one
    --for: where only that process runs, so that the other's secrets need not be there
`,
  },
  explain: {
    run: explainCommand,
    usage: `querywarden explain "SQL" --dialect snowflake|bigquery [--policy FILE] [--agent NAME|JSON] [--groups a,b]
        [--database NAME] [--schema NAME] [--purpose TEXT] [--at 2026-01-06T12:00:00Z]
        [--estimate rows=N,bytes=50GiB] [--spent over=24h,bytes=490GiB]... [--json]
    what a statement does, and what each rule of a policy makes of it; needs no gateway and no warehouse
    instead of --dialect: --connection NAME of a configuration (--config FILE), whose policy then counts
querywarden explain --batch < statements.jsonl
    what each statement does, one JSON line {id, dialect, sql, schema?} in, one out, in the same order;
    ms is how long its judgement took, with judges that are up: waiting for another line or for them to start is not in it
`,
  },
  policy: {
    run: policyCommand,
    usage: `querywarden policy test FILE [--policy POLICY] [--json]
    cases of what a policy should decide; exits 1 where one comes out otherwise
querywarden policy diff OLD NEW FILE... [--json]
    which statements (cases, or JSON Lines) another policy would judge differently
querywarden policy backtest --since 30d [--policy NEW] [--json]
    which recorded sessions would now be judged differently; reads the record store and changes nothing
`,
  },
}

const settings = `
--config FILE   configuration (default: QUERYWARDEN_CONFIG, or ./.querywarden/querywarden.yaml)
--profile FILE  the agent's own settings (default: QUERYWARDEN_PROFILE, or ./.querywarden/agent.json)
                a token out of QUERYWARDEN_TOKEN or QUERYWARDEN_TOKEN_FILE goes to the gateway of --url, of QUERYWARDEN_URL, or of a
                profile that is named so: the folder of a project may be anybody's
`

async function main(args: readonly string[]): Promise<number> {
  const [name = 'help', ...rest] = args
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command && !asksForHelp(rest)) return command.run(rest)
  const all = Object.values(commands).map(({ usage }) => usage)
  const help = [...(command ? [command.usage] : all), settings].join('')
  const wanted = command !== undefined || name === 'help' || asksForHelp([name])
  if (wanted) print(help)
  else complain(`unknown command "${name}"\n\n${help}`)
  return wanted ? 0 : 2
}

/** Before `--`: what follows is meant as it is. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end < 0 ? args : args.slice(0, end)).some(argument => argument === '--help' || argument === '-h')
}

/** Node's own complaints about arguments are wrong use like ours. */
function statusOf(error: unknown): number {
  if (error instanceof CommandError) return error.status
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code.startsWith('ERR_PARSE_ARGS') ? 2 : 1
}

// As the gateway: either may be the first to make the record's file.
process.umask(0o077)
endWithReader()
main(process.argv.slice(2)).then(
  status => {
    process.exitCode = status
  },
  (error: unknown) => {
    complain(errorSentence(error))
    process.exitCode = statusOf(error)
  },
)
