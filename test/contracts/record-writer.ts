import { Secret } from '#src/config/secret.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import { sampleSession } from './sample-session.ts'

// A gateway that is about to be killed: writes sessions one after the other and prints the id of each that it was promised.
const store = await openRecordStore(new Secret(process.argv[2] ?? ''))
for (;;) {
  const sessions = Array.from({ length: 5 }, () => sampleSession({ state: 'claimed' }))
  await Promise.all(
    sessions.map(async session => {
      if (await store.open(session, 'gateway-1')) process.stdout.write(`${session.id}\n`)
    }),
  )
}
