import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findBinary } from '#test/services/binary.ts'
import type { Stand } from '#test/stand/stand.ts'
import type { Client, Suite } from '../client.ts'
import { builtWith, go, java, python } from '../install.ts'
import { fakesnow } from './fakesnow.ts'
import { scenarios } from './scenarios.ts'
import { createSamples } from './type-scenarios.ts'

const folder = 'test/clients/snowflake'

const node: Client = {
  name: 'snowflake-sdk (Node)',
  prepare: async () => ({ command: process.execPath, args: [`${folder}/node.ts`] }),
}

/** Two generations of the driver: the second was written anew, and speaks in its own way. */
const pythons = ([['4.8.1', 'snowflake-snowpark-python==1.56.0'], ['5.2.0']] as const).map(
  ([version, ...more]): Client => ({
    name: `snowflake-connector-python ${version}`,
    prepare: () =>
      python(
        `snowflake-python-${version}`,
        [`snowflake-connector-python[pandas]==${version}`, ...more],
        `${folder}/python.py`,
      ),
  }),
)

const gosnowflake: Client = {
  name: `gosnowflake ${builtWith(`${folder}/go/go.mod`, 'gosnowflake/v2')}`,
  prepare: () => go('snowflake-go', `${folder}/go`),
}

const jdbc: Client = {
  name: `snowflake-jdbc ${builtWith(`${folder}/java/pom.xml`, 'snowflake-jdbc')}`,
  // It reads Arrow into memory of its own, which it takes in ways that Java has closed.
  prepare: () => java('snowflake-jdbc', `${folder}/java`, ['--add-opens=java.base/java.nio=ALL-UNNAMED']),
}

const alchemy = '2.1.0'
const sqlalchemy: Client = {
  name: `snowflake-sqlalchemy ${alchemy}`,
  prepare: () =>
    python(
      `snowflake-sqlalchemy-${alchemy}`,
      [`snowflake-sqlalchemy==${alchemy}`, 'snowflake-connector-python==5.2.0'],
      `${folder}/alchemy.py`,
    ),
}

const sqlApi: Client = {
  name: 'curl, SQL API',
  prepare: async () =>
    findBinary('curl') ? { command: process.execPath, args: [`${folder}/curl.ts`] } : { missing: 'no curl' },
}

export const snowflake: Suite = {
  name: 'snowflake',
  clients: [node, ...pythons, sqlalchemy, gosnowflake, jdbc, sqlApi],
  scenarios,
  stand: {
    ...{ sizes: { customers: 300, orders: 200_000 }, gateways: 2 },
    policy: readFileSync(join(import.meta.dirname, 'policy.yaml'), 'utf8'),
  },
  furnish: createSamples,
  async login(stand: Stand, url: string) {
    const { hostname: host, port } = new URL(url)
    const token = await stand.issuer.tokenFor('release-bot')
    return { host, port: Number(port), account: 'shop', user: 'me', token }
  },
}

const running = 'its statements do not wait'
const transaction = 'it has no CURRENT_TRANSACTION()'
/** The same product with a Snowflake behind it that others made. */
const { furnish: _, ...everythingElse } = snowflake
export const snowflakeOnFakesnow: Suite = {
  ...everythingElse,
  name: 'fakesnow',
  shop: fakesnow,
  unserved: {
    'approved, and cancelled by the client while it runs': running,
    'approved, and killed by on-call staff while it runs': running,
    'network cut while it runs': running,
    'a transaction: what was held and approved in it is seen in it, and stays with COMMIT': transaction,
    'a transaction: what was held and approved in it is seen in it, and is gone with ROLLBACK': transaction,
    'a temporary table: held, approved, then read as masked as what it was made from':
      'its temporary tables are not found by their full names',
    'a table’s columns and keys, as SQLAlchemy’s inspect and reflection ask for them':
      'its SHOW COLUMNS has other columns',
  },
}
