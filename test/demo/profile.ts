import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Stand } from '#test/stand/stand.ts'

/** What the command line needs to be the agent "release-bot": nobody else on this machine may read it. */
export function writeProfile({ folder, issuer, gateways }: Stand): void {
  const profile = {
    url: gateways[0]?.url,
    connection: 'shop',
    issuer: issuer.url,
    client_id: 'release-bot',
    client_secret: issuer.agents['release-bot']?.secret,
  }
  writeFileSync(join(folder, 'agent.json'), JSON.stringify(profile, undefined, 2), { mode: 0o600 })
}
