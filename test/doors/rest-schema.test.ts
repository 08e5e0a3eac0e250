import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers } from '#gateway/doors/rest-schema.ts'
import { errorTable } from '#src/errors.ts'

/** Of requests that reach no route. */
const beforeRoutes = [405, 408, 431]
/** Of requests with a body. */
const ofBodies = [400, 413, 415]

for (const [route, never] of [
  ['statement', beforeRoutes],
  ['withdrawn', [...beforeRoutes, ...ofBodies]],
] as const)
  test(`every status that a ${route} may be answered with is documented`, () => {
    const sent = new Set(Object.values(errorTable).map(({ status }): number => status))
    const missing = [...sent].filter(status => !never.includes(status) && !(status in answers[route]))
    assert.deepEqual(missing, [])
  })
