import { cloudPlatformScope } from '#test/fakes/google/access-tokens.ts'
import type { FakeGoogleAuth } from '#test/fakes/google/fake-google-auth.ts'
import { jsonObject, startGoogleServer } from '#test/fakes/google/google-server.ts'
import type { Lake } from '#test/stand/warehouses.ts'

interface Inserted {
  readonly jobReference?: { readonly jobId?: string }
  readonly configuration?: { readonly dryRun?: boolean; readonly query?: { readonly query?: string } }
}

/** Passes requests on to an emulator, those with a token of Google's that may ask, and notes what it is given to run. */
export async function watchedLake(url: string, google: FakeGoogleAuth, end: () => Promise<void>): Promise<Lake> {
  const ran: { id: string; sql: string }[] = []
  const server = await startGoogleServer(async ({ method, path, query, headers, text }) => {
    google.authorize(headers.authorization, [cloudPlatformScope, 'https://www.googleapis.com/auth/bigquery'])
    if (method === 'POST' && path.endsWith('/jobs')) {
      const { jobReference, configuration } = jsonObject(text) as Inserted
      const sql = configuration?.query?.query
      const id = jobReference?.jobId ?? ''
      if (sql !== undefined && !configuration?.dryRun && !id.startsWith('qw_count_')) ran.push({ id, sql })
    }
    const answer = await fetch(`${url}${path}?${query}`, {
      method,
      ...(text ? { body: text, headers: { 'content-type': 'application/json' } } : {}),
    })
    return { status: answer.status, body: await answer.json() }
  })
  return {
    url: server.url,
    moved: [],
    executed: ran,
    get jobs() {
      return ran.map(({ id }) => ({ id, destination: { dataset: '_bqemu_anonymous' } }))
    },
    async close() {
      await server.close()
      await end()
    },
  }
}
