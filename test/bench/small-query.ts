import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Verify } from '#test/stand/config-file.ts'
import { startStand } from '#test/stand/stand.ts'
import type { Places } from './small-query-client.ts'

/**
 * One small allowed query: by the real driver straight to the stand-in, by the real driver through a bare Fastify proxy,
 * and through the gateway (parsed, decided, one durable record before and one after, masked). The client, the proxy, the
 * gateway and the stand-in are four processes, as they are in service. Once without the warehouse's own reading, which is
 * what the gateway itself takes, and once with it, which asks the warehouse twice more for each new text.
 */
export async function latencyOfSmallQueries(rounds: number, asked: readonly string[]): Promise<void> {
  for (const verify of ['risky', 'always'] as const) if (asked.includes(verify)) await measure(rounds, verify)
}

async function measure(rounds: number, verify: Verify): Promise<void> {
  const stand = await startStand({ asDeployed: true, bots: 0, verify })
  const proxy = await startProxy(stand.snowflake.url)
  try {
    const places: Places = {
      rounds,
      verify,
      folder: stand.folder,
      straight: stand.snowflake.url,
      proxied: proxy.url,
      gateway: `${stand.gateways[0]?.url}/v1/queries`,
      token: await stand.issuer.tokenFor('release-bot'),
    }
    const client = spawn(process.execPath, ['test/bench/small-query-client.ts'], {
      stdio: ['pipe', 'inherit', 'inherit'],
    })
    client.stdin.end(JSON.stringify(places))
    const [code] = await once(client, 'exit')
    if (code !== 0) throw new Error(`the client ended with ${code}`)
  } finally {
    proxy.child.kill()
    await stand.stop()
  }
}

export async function startProxy(upstream: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['test/bench/bare-proxy.ts', upstream], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { child, url: `http://127.0.0.1:${line.split(' ')[1]}` }
}
