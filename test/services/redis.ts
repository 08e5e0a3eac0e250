import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findBinary, missing } from './binary.ts'
import { startServer } from './child.ts'
import { freePort } from './free-port.ts'

export interface RedisService {
  readonly url: string
  /** What a test may do to a server of its own. Absent where the server was given by the environment. */
  readonly own?: {
    /** Ends it at once, as a crash does. */
    kill(): Promise<void>
    /** Starts it again on the same port and data. */
    restart(): Promise<void>
  }
  stop(): Promise<void>
}

export interface RedisServiceOptions {
  /** Further lines of redis.conf, as arguments: `['--maxmemory-policy', 'allkeys-lru']`. Always a server of its own. */
  readonly args?: readonly string[]
  /** A server that the test may kill. */
  readonly own?: boolean
}

/**
 * A real Redis on a free loopback port with a folder of its own: `QUERYWARDEN_TEST_REDIS_URL` where a shared one will do, else
 * `redis-server` from PATH. Undefined, with the reason printed, where there is none.
 */
export async function startRedis(options: RedisServiceOptions = {}): Promise<RedisService | undefined> {
  const given = process.env.QUERYWARDEN_TEST_REDIS_URL
  if (given && !options.args && !options.own) return { url: given, stop: async () => undefined }
  const binary = findBinary('redis-server')
  if (!binary) return missing('redis-server', 'node test/services/install.ts, or set QUERYWARDEN_TEST_REDIS_URL')
  const folder = await mkdtemp(join(tmpdir(), 'querywarden-redis-'))
  const port = await freePort()
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes']
  const start = () =>
    startServer(binary, [...args, ...(options.args ?? [])], { ready: 'Ready to accept connections', cwd: folder })
  let server: Awaited<ReturnType<typeof start>> | undefined = await start()
  const end = async (signal: NodeJS.Signals) => {
    await server?.end(signal)
    server = undefined
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    own: {
      kill: () => end('SIGKILL'),
      async restart() {
        server = await start()
      },
    },
    async stop() {
      await end('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
