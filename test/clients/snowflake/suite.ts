import type { Stand } from '#test/stand/stand.ts'
import type { Client, Suite } from '../client.ts'
import { go, python } from '../install.ts'
import { scenarios } from './scenarios.ts'

const node: Client = {
  name: 'snowflake-sdk (Node)',
  prepare: async () => ({ command: process.execPath, args: ['test/clients/snowflake/node.ts'] }),
}

/** Two generations of the driver: the second was written anew, and speaks in its own way. */
const pythons = ['4.8.1', '5.2.0'].map(
  (version): Client => ({
    name: `snowflake-connector-python ${version}`,
    prepare: () =>
      python(
        `snowflake-python-${version}`,
        [`snowflake-connector-python==${version}`],
        'test/clients/snowflake/python.py',
      ),
  }),
)

const gosnowflake: Client = {
  name: 'gosnowflake 2.1.0',
  prepare: () => go('snowflake-go', 'test/clients/snowflake/go'),
}

export const snowflake: Suite = {
  name: 'snowflake',
  clients: [node, ...pythons, gosnowflake],
  scenarios,
  async login(stand: Stand, url: string) {
    const { hostname: host, port } = new URL(url)
    const token = await stand.issuer.tokenFor('release-bot')
    return { host, port: Number(port), account: 'shop', user: 'me', token }
  },
}
