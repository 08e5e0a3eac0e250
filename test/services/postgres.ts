import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { findBinary, missing, postgresFolders } from './binary.ts'
import { startServer } from './child.ts'
import { freePort } from './free-port.ts'

export interface PostgresService {
  /** A fresh, empty database. */
  readonly url: string
  /** What a test may do to a server of its own. Absent where the server was given by the environment. */
  readonly own?: {
    /** Stops every process of the server where it stands, as a machine that hangs does. */
    pause(): void
    resume(): void
    /** Ends it at once, as a crash does. */
    kill(): Promise<void>
    restart(): Promise<void>
  }
  stop(): Promise<void>
}

/**
 * A real PostgreSQL on a free loopback port with a folder of its own: `QUERYWARDEN_TEST_POSTGRES_URL` (a database is made there)
 * where a shared one will do, else `postgres` from PATH or from /usr/lib/postgresql. Undefined, with the reason printed,
 * where there is none. `own`: a server that the test may kill.
 */
export async function startPostgres(options: { own?: boolean } = {}): Promise<PostgresService | undefined> {
  const given = process.env.QUERYWARDEN_TEST_POSTGRES_URL
  if (given && !options.own) return databaseIn(given)
  const initdb = findBinary('initdb', postgresFolders())
  const binary = findBinary('postgres', postgresFolders())
  if (!initdb || !binary) {
    return missing('PostgreSQL', 'node test/services/install.ts, or set QUERYWARDEN_TEST_POSTGRES_URL')
  }
  const user = unprivileged()
  const folder = await mkdtemp(join(tmpdir(), 'querywarden-postgres-'))
  if ('uid' in user) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const first = [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ]
  execFileSync(initdb, first, { ...user, cwd: folder, stdio: 'pipe' })
  const port = await freePort()
  const args = ['-D', data, '-p', `${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=']
  const start = () => startServer(binary, args, { ...user, ready: 'ready to accept connections', cwd: folder })
  let server: Awaited<ReturnType<typeof start>> | undefined = await start()
  const end = async (signal: NodeJS.Signals) => {
    await server?.end(signal)
    server = undefined
  }
  const signalAll = (signal: NodeJS.Signals) => {
    for (const pid of server ? [server.pid, ...childrenOf(server.pid)] : []) sendIfThere(pid, signal)
  }
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    own: {
      pause: () => signalAll('SIGSTOP'),
      resume: () => signalAll('SIGCONT'),
      kill: () => end('SIGQUIT'),
      async restart() {
        server = await start()
      },
    },
    async stop() {
      signalAll('SIGCONT')
      await end('SIGQUIT')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A database of its own inside a server that others use too. */
async function databaseIn(url: string): Promise<PostgresService> {
  const name = `querywarden_test_${randomBytes(6).toString('hex')}`
  const run = async (sql: string) => {
    const client = new Client({ connectionString: url })
    await client.connect()
    await client.query(sql)
    await client.end()
  }
  await run(`CREATE DATABASE ${name}`)
  const own = new URL(url)
  own.pathname = `/${name}`
  return { url: own.href, stop: () => run(`DROP DATABASE ${name} WITH (FORCE)`) }
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {}
  const line = readFileSync('/etc/passwd', 'utf8').match(/^postgres:[^:]*:(\d+):(\d+):/m)
  return line ? { uid: Number(line[1]), gid: Number(line[2]) } : { uid: 65_534, gid: 65_534 }
}

/** A worker of the server may end between being listed and being told. */
function sendIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => {
      try {
        return (
          readFileSync(`/proc/${pid}/stat`, 'utf8')
            .replace(/^.*\) /s, '')
            .split(' ')[1] === `${parent}`
        )
      } catch {
        return false
      }
    })
}
