import { Secret } from '#src/config/secret.ts'
import { openHoldStore } from '#src/hold/open-hold-store.ts'
import { sampleHold } from './sample-hold.ts'

// One of several processes on the same holds: puts the hold it was told of, where nobody has, and adds 50 reviews to it.
const [, , url = '', id = ''] = process.argv
const store = await openHoldStore(new Secret(url))
const sample = sampleHold()
await store.create({ ...sample, id, terms: { ...sample.terms, statement: { ...sample.terms.statement, id } } })
for (let added = 0; added < 50; ) {
  const hold = await store.fetch(id)
  if (!hold) throw new Error('the hold is gone')
  const next = { ...hold, reviews: [...hold.reviews, `${process.pid}-${added}`] }
  if ((await store.replace(hold, next)) === 'replaced') added++
}
await store.close()
