import { Faults } from '#test/fakes/snowflake/faults.ts'
import { portOf, startHttpServer } from '#test/fakes/snowflake/http-server.ts'
import type { Shop } from '#test/stand/warehouses.ts'

/** Passes requests on to another server of Snowflake's protocol, and notes what that is given to run. */
export async function watchedShop(url: string, end: () => Promise<void>): Promise<Shop> {
  const executed: { sql: string }[] = []
  const server = await startHttpServer(0, new Faults(), async ({ method, path, query, token, body }) => {
    const { sqlText, describeOnly } = body
    if (typeof sqlText === 'string' && !describeOnly) executed.push({ sql: sqlText })
    const answer = await fetch(`${url}${path}?${query}`, {
      method,
      headers: { authorization: `Snowflake Token="${token}"`, 'content-type': 'application/json' },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as object }
  })
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    executed,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await end()
    },
  }
}
