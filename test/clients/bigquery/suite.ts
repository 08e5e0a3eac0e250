import { findBinary } from '#test/services/binary.ts'
import { makeCertificate } from '#test/services/tls-front.ts'
import { type Stand, standPolicy } from '#test/stand/stand.ts'
import type { Client, Program, Suite } from '../client.ts'
import { builtWith, go, java, python } from '../install.ts'
import { bqemulator } from './bqemulator.ts'
import { scenarios } from './scenarios.ts'

/** With the Storage API's client beside it, which must never be used, and what makes data frames. */
const packages = [
  ...['google-cloud-bigquery==3.47.0', 'google-cloud-bigquery-storage==2.43.0'],
  ...['pandas==3.1.1', 'db-dtypes==1.9.0', 'pandas-gbq==0.35.3'],
]

const folder = 'test/clients/bigquery'
type Prepared = Program | { readonly missing: string }
const node = async (): Promise<Prepared> => ({ command: process.execPath, args: [`${folder}/node.ts`] })
const inPython = () => python('bigquery-python', packages, `${folder}/python.py`)

const inGo = () => go('bigquery-go', `${folder}/go`)
const inJava = () => java('bigquery-java', `${folder}/java`)
const goLibrary = `cloud.google.com/go/bigquery ${builtWith(`${folder}/go/go.mod`, 'cloud.google.com/go/bigquery')}`
const javaLibrary = `google-cloud-bigquery (Java) ${builtWith(`${folder}/java/pom.xml`, 'google-cloud-bigquery')}`
const curl = async (): Promise<Prepared> =>
  findBinary('curl') ? { command: process.execPath, args: [`${folder}/curl.ts`] } : { missing: 'no curl' }

/** The same program, which takes its token from an `external_account` credential file. */
async function withFile(prepared: Promise<Prepared>): Promise<Prepared> {
  const program = await prepared
  return 'missing' in program ? program : { ...program, args: [...program.args, 'file'] }
}

/** Java's library takes a credential file only where the token's address is https. */
async function overTls(prepared: Promise<Prepared>): Promise<Prepared> {
  const program = await prepared
  if ('missing' in program) return program
  const trusts = await makeCertificate()
  if ('missing' in trusts) return trusts
  const store = { trustStore: trusts.file, trustStorePassword: trusts.password }
  const options = Object.entries(store).map(([name, value]) => `-Djavax.net.ssl.${name}=${value}`)
  return { ...program, trusts, args: [...options, ...program.args] }
}

const clients: readonly Client[] = [
  { name: '@google-cloud/bigquery (Node)', prepare: node },
  { name: '@google-cloud/bigquery (Node), credential file', prepare: () => withFile(node()) },
  { name: 'google-cloud-bigquery (Python)', prepare: inPython },
  { name: 'google-cloud-bigquery (Python), credential file', prepare: () => withFile(inPython()) },
  { name: goLibrary, prepare: inGo },
  { name: `${goLibrary}, credential file`, prepare: () => withFile(inGo()) },
  { name: javaLibrary, prepare: inJava },
  { name: `${javaLibrary}, credential file`, prepare: () => overTls(withFile(inJava())) },
  { name: 'curl', prepare: curl },
  { name: 'curl, exchanged token', prepare: () => withFile(curl()) },
]

/** What reads a temporary table runs under the role that made it. */
const policy = standPolicy.replace(
  '  - name: reads-of-the-shop',
  `  - name: temporary-tables
    when: context.temporary && statement.kind == "select"
    then: allow
    as: AGENT_WRITER

  - name: reads-of-the-shop`,
)

export const bigquery: Suite = {
  name: 'bigquery',
  clients,
  scenarios,
  stand: { sizes: { customers: 300, orders: 12_000 }, policy },
  async login(stand: Stand, url: string) {
    return { url, project: 'lake', token: await stand.issuer.tokenFor('release-bot') }
  },
}

/** The same product with a BigQuery behind it that others made; a credential file is no matter to that. */
export const bigqueryOnBqemulator: Suite = {
  ...bigquery,
  name: 'bqemulator',
  clients: clients.filter(({ name }) => !name.includes('credential file') && !name.includes('exchanged')),
  lake: bqemulator,
  unserved: {
    'a dry run says what would be read': 'it counts no bytes',
    'a write says how many rows it changed': 'it does not count them in its results',
    'a job that copies a table: held, then approved': 'it has no CREATE TABLE … COPY …',
    'a job that loads from storage: held, then approved': 'it has no LOAD DATA … FROM FILES',
    'a session: a temporary table held, approved, and read as masked as what it was made from': 'it has no sessions',
    'a session: what was held and approved in a transaction stays with COMMIT': 'it has no sessions',
  },
}
