import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe } from 'node:test'
import { Secret } from '#src/config/secret.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import { startPostgres } from '#test/services/postgres.ts'
import { accessContract } from './access-contract.ts'
import { afterReviewContract } from './after-review-contract.ts'
import { grantContract } from './grant-contract.ts'
import { recordStoreContract } from './record-store-contract.ts'
import { sessionSearchContract } from './session-search-contract.ts'
import { slackLinkContract } from './slack-link-contract.ts'
import { spendingContract } from './spending-contract.ts'
import { taintContract } from './taint-contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'querywarden-record-'))
const postgres = await startPostgres()
after(async () => {
  rmSync(folder, { recursive: true })
  await postgres?.stop()
})

const sqlite = () => openRecordStore(new Secret(`sqlite:${folder}/deeper/record.db`))
recordStoreContract('SQLite', sqlite)
sessionSearchContract('SQLite', sqlite)
spendingContract('SQLite', sqlite)
accessContract('SQLite', sqlite)
taintContract('SQLite', sqlite)
grantContract('SQLite', sqlite)
afterReviewContract('SQLite', sqlite)
slackLinkContract('SQLite', sqlite)

describe('where PostgreSQL is', { skip: postgres ? false : 'needs PostgreSQL' }, () => {
  const open = () => openRecordStore(new Secret(postgres?.url ?? ''))
  recordStoreContract('PostgreSQL', open)
  sessionSearchContract('PostgreSQL', open)
  spendingContract('PostgreSQL', open)
  accessContract('PostgreSQL', open)
  taintContract('PostgreSQL', open)
  grantContract('PostgreSQL', open)
  afterReviewContract('PostgreSQL', open)
  slackLinkContract('PostgreSQL', open)
})
