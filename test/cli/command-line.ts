import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { firstGateway } from '#test/doors/agent.ts'
import { bareEnvironment } from '#test/stand/processes.ts'
import type { Stand } from '#test/stand/stand.ts'

const root = join(import.meta.dirname, '..', '..')

export interface Ended {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

interface Invocation {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly cwd?: string
  /** Called with all of standard output so far, at every piece of it. */
  readonly onOutput?: (out: string) => void
  /** Its standard output is closed after the first piece of it, as by `head`. */
  readonly leaves?: true
}

/** The command line as its user starts it: a process of its own, nothing of ours in its environment. */
export function querywarden(
  args: readonly string[],
  { env, input, cwd, onOutput, leaves }: Invocation = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [join(root, 'gateway/cli/main.ts'), ...args], {
    cwd: cwd ?? root,
    // Not the profile that a demo on this machine has left.
    env: { ...bareEnvironment(), TZ: 'UTC', QUERYWARDEN_PROFILE: '/nowhere/agent.json', ...env },
  })
  let out = ''
  let err = ''
  child.stdout.on('data', piece => {
    out += String(piece)
    onOutput?.(out)
    if (leaves) child.stdout.destroy()
  })
  child.stderr.on('data', piece => {
    err += String(piece)
  })
  // One that ends early leaves some of its input unread.
  child.stdin.on('error', () => {})
  child.stdin.end(input ?? '')
  return new Promise(resolve => {
    child.on('close', status => resolve({ status, out, err }))
  })
}

/** What an agent of the stand has in its environment. */
export async function agentEnvironment(stand: Stand, agent = 'release-bot'): Promise<Record<string, string>> {
  return { QUERYWARDEN_URL: firstGateway(stand).url, QUERYWARDEN_TOKEN: await stand.issuer.tokenFor(agent) }
}

/** What somebody on call has: the configuration and what it names. */
export function onCallEnvironment(stand: Stand): Record<string, string> {
  return {
    QUERYWARDEN_CONFIG: stand.config,
    QW_HOLDS: `sqlite:${join(stand.folder, 'holds.db')}`,
    QW_RECORDS: `sqlite:${join(stand.folder, 'records.db')}`,
  }
}

/** The session that some output speaks of. */
export function sessionIn(text: string): string {
  const [id] = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(text) ?? []
  if (!id) throw new Error(`no session in: ${text}`)
  return id
}
