import { readFile } from 'node:fs/promises'
import {
  allowInsecureRequests,
  ClientSecretPost,
  clientCredentialsGrant,
  discovery,
  ResponseBodyError,
} from 'openid-client'
import { Secret } from '#src/config/secret.ts'
import { fileError } from '#src/config/secret-reader.ts'
import { requestFailure } from '#src/error-sentence.ts'
import { CommandError } from './terminal.ts'

/** How the command line reaches a gateway, and as whom: a ready token, or client credentials to fetch one with. */
export interface AgentProfile {
  readonly url: string
  readonly connection?: string
  /** Fetches or reads the token anew; tokens live shorter than holds. */
  token(): Promise<Secret>
}

const profileFields = ['url', 'connection', 'issuer', 'client_id', 'client_secret', 'audience'] as const
type ProfileFile = { readonly [name in (typeof profileFields)[number]]?: string }

/**
 * Environment first (`QUERYWARDEN_URL`, `QUERYWARDEN_TOKEN`, `QUERYWARDEN_TOKEN_FILE`), then the profile file. A token of the
 * environment goes to no address that nobody named: the profile of a folder may have come with somebody else's project.
 */
export async function loadProfile(file: string | undefined, url: string | undefined): Promise<AgentProfile> {
  const env = process.env
  const named = file ?? env.QUERYWARDEN_PROFILE
  const stored = await readProfile(named || '.querywarden/agent.json', file !== undefined)
  const fixed = env.QUERYWARDEN_TOKEN
  const tokenFile = env.QUERYWARDEN_TOKEN_FILE
  const trusted = named || !(fixed || tokenFile)
  const gateway = url ?? env.QUERYWARDEN_URL ?? (trusted ? stored.url : undefined)
  if (!gateway) throw new CommandError('No gateway: give --url, QUERYWARDEN_URL or --profile.', 2)
  if (!/^https?:$/.test(URL.parse(gateway)?.protocol ?? ''))
    throw new CommandError(`${gateway} is no address of a gateway, such as https://querywarden.example.com`, 2)
  const token = async () => {
    if (fixed) return new Secret(fixed)
    if (tokenFile) return new Secret(await readToken(tokenFile))
    return fetchToken(stored)
  }
  return { url: gateway.replace(/\/$/, ''), token, ...(stored.connection ? { connection: stored.connection } : {}) }
}

async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    throw new CommandError(`QUERYWARDEN_TOKEN_FILE ${path}: ${fileError(error)}`, 2)
  }
}

async function readProfile(path: string, required: boolean): Promise<ProfileFile> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (required || error.code !== 'ENOENT') throw new CommandError(`${path}: ${fileError(error)}`, 2)
  })
  return text === undefined ? {} : profileIn(text, path)
}

/** A problem quotes nothing of the file: it may hold a secret. */
function profileIn(text: string, path: string): ProfileFile {
  let profile: unknown
  try {
    profile = JSON.parse(text)
  } catch {
    throw new CommandError(`${path} is no JSON.`, 2)
  }
  if (typeof profile !== 'object' || profile === null || Array.isArray(profile))
    throw new CommandError(`${path} is no profile: write { "url": …, "connection": … }.`, 2)
  const fields = Object.entries(profile)
  const wrong = profileFields.find(name => fields.some(([key, value]) => key === name && typeof value !== 'string'))
  if (wrong) throw new CommandError(`${path}: ${wrong} is no text.`, 2)
  return profile
}

/** The client credentials grant (RFC 6749, section 4.4) for the gateway as resource (RFC 8707). */
async function fetchToken({ issuer, client_id, client_secret, audience }: ProfileFile): Promise<Secret> {
  if (!issuer || !client_id || !client_secret) {
    throw new CommandError(
      'No identity: set QUERYWARDEN_TOKEN or QUERYWARDEN_TOKEN_FILE, or put issuer, client_id and client_secret into the profile.',
      2,
    )
  }
  const loopback = ['127.0.0.1', 'localhost'].includes(URL.parse(issuer)?.hostname ?? '')
  const options = loopback ? { execute: [allowInsecureRequests] } : undefined
  try {
    const client = await discovery(new URL(issuer), client_id, undefined, ClientSecretPost(client_secret), options)
    const { access_token } = await clientCredentialsGrant(client, audience ? { resource: audience } : {})
    return new Secret(access_token)
  } catch (error) {
    throw new CommandError(`The identity provider ${issuer} gave no token to ${client_id}: ${refusal(error)}`, 4)
  }
}

/** The provider's own word (RFC 6749, section 5.2), else what kept the request from it. */
function refusal(error: unknown): string {
  if (error instanceof ResponseBodyError) return [error.error, error.error_description].filter(Boolean).join(', ')
  return requestFailure(error)
}
