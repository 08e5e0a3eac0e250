import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { YamlDocument } from './document.ts'
import { privateKeysIn } from './key-pair.ts'
import { type Path, type Problem, pathText } from './problem.ts'
import { Secret } from './secret.ts'
import { transportProblem } from './store-transport.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const maxBytes = 64 * 1024
const minKeyBytes = 32
/** Types of Google's credentials files that the gateway mints from. */
const identityTypes = ['service_account', 'authorized_user', 'external_account']

/**
 * Resolves `env:` and `file:` references of one configuration file. Problems name the place and the reference, never
 * what stands behind it. `files` collects every file that was looked at, for watching.
 */
export class SecretReader {
  readonly problems: Problem[] = []
  readonly files = new Set<string>()
  readonly #document: YamlDocument<unknown>
  readonly #folder: string
  readonly #environment: Environment
  readonly #unsound: readonly string[]

  /** `formProblems`: what is wrong with the file's form; the sections they stand in are left alone. */
  constructor(
    document: YamlDocument<unknown>,
    folder: string,
    environment: Environment,
    formProblems: readonly Problem[] = [],
  ) {
    this.#unsound = formProblems.map(({ path }) => path)
    this.#document = document
    this.#folder = folder
    this.#environment = environment
  }

  /** Whether the value at `path` has the form of the schema. */
  isSound(...path: Path): boolean {
    const text = pathText(path)
    if (text === '') return this.#unsound.length === 0
    return !this.#unsound.some(
      wrong =>
        wrong === text || wrong.startsWith(`${text}.`) || wrong.startsWith(`${text}[`) || text.startsWith(`${wrong}.`),
    )
  }

  report(path: Path, message: string, severity?: 'warning'): undefined {
    this.problems.push(this.#document.problem(path, message, severity && { severity }))
    return undefined
  }

  secret(path: Path, reference: string | undefined): Secret | undefined {
    if (reference === undefined) return undefined
    const text = reference.startsWith('env:')
      ? this.#variable(path, reference.slice(4))
      : this.#file(path, reference.slice(5))
    return text === undefined ? undefined : new Secret(text)
  }

  /** A token of Slack, whose kind shows in its first letters. */
  token(path: Path, reference: string | undefined, prefix: 'xoxb-' | 'xapp-'): Secret | undefined {
    const secret = this.secret(path, reference)
    if (!secret || secret.reveal().startsWith(prefix)) return secret
    return this.report(path, `${reference} is not ${prefix === 'xoxb-' ? 'a bot' : 'an app-level'} token (${prefix}…)`)
  }

  /** A symmetric key. */
  key(path: Path, reference: string | undefined): Secret | undefined {
    const secret = this.secret(path, reference)
    const bytes = secret && Buffer.byteLength(secret.reveal())
    if (bytes === undefined || bytes >= minKeyBytes) return secret
    return this.report(
      path,
      `${reference} has ${bytes} bytes, but a key needs at least ${minKeyBytes}; make one with: openssl rand -base64 48`,
    )
  }

  /** A private key of that kind, PKCS #8 PEM. Behind it may stand the next one. */
  privateKey(path: Path, reference: string | undefined, kind: 'rsa' | 'ed25519'): Secret | undefined {
    const secret = this.secret(path, reference)
    if (!secret) return undefined
    const keys = privateKeysIn(secret.reveal())
    const problem = (keys.length > 0 ? keys : ['']).map(pem => privateKeyProblem(pem, kind)).find(Boolean)
    return problem === undefined ? secret : this.report(path, `${reference} ${problem}`)
  }

  /** An Ed25519 public key, PEM. A private key is refused: who only verifies must not be able to sign. */
  publicKey(path: Path, reference: string): string | undefined {
    const pem = this.secret(path, reference)?.reveal()
    if (pem === undefined) return undefined
    if (pem.includes('PRIVATE KEY'))
      return this.report(
        path,
        `${reference} holds a private key; the gateway gets the public half only: openssl pkey -in KEY -pubout`,
      )
    const key = parseKey(() => createPublicKey(pem))
    if (key?.asymmetricKeyType === 'ed25519') return pem
    return this.report(
      path,
      `${reference} is not an Ed25519 public key in PEM; make it with: openssl pkey -in KEY -pubout`,
    )
  }

  /** Google credentials as JSON, of a type that stands for one identity. */
  credentialsJson(path: Path, reference: string): Secret | undefined {
    const secret = this.secret(path, reference)
    const type = secret && typeOf(secret)
    if (!secret || (type && identityTypes.includes(type))) return secret
    return this.report(
      path,
      type === undefined
        ? `${reference} is not a credentials JSON as Google hands it out (an object with "type")`
        : `${reference} is a credentials JSON of another type than ${identityTypes.join(', ')}`,
    )
  }

  /** An address that may be a literal, a reference, or a path of SQLite relative to the configuration file. */
  address(path: Path, text: string, schemes: readonly string[]): Secret | undefined {
    const address = /^(env|file):/.test(text) ? this.secret(path, text)?.reveal() : text
    if (address === undefined) return undefined
    if (address.startsWith('sqlite:')) return new Secret(`sqlite:${resolve(this.#folder, address.slice(7))}`)
    const name = text === address ? 'this' : text
    if (!schemes.some(scheme => address.startsWith(`${scheme}://`)) || !URL.canParse(address))
      return this.report(
        path,
        `${name} is not an address of the kind ${schemes.map(scheme => `${scheme}://…`).join(', ')} or sqlite:PATH`,
      )
    const doubt = transportProblem(address)
    if (doubt) this.report(path, `${name} ${doubt.message}`, doubt.severity)
    return new Secret(address)
  }

  #variable(path: Path, name: string): string | undefined {
    return this.#environment[name] || this.report(path, `environment variable ${name} is not set`)
  }

  #file(path: Path, name: string): string | undefined {
    const file = resolve(this.#folder, name)
    this.files.add(file)
    try {
      const bytes = readFileSync(file)
      if (bytes.length > maxBytes) return this.report(path, `file ${file}: larger than 64 KiB`)
      const text = bytes.toString('utf8').replace(/\r?\n$/, '')
      return text || this.report(path, `file ${file}: is empty`)
    } catch (error) {
      return this.report(path, `file ${file}: ${fileError(error)}`)
    }
  }
}

/** What kept a file from being read, in words. */
export function fileError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist'
  if (code === 'EISDIR') return 'is a folder'
  if (code === 'EACCES' || code === 'EPERM') return `not readable by user ${process.geteuid?.() ?? 'of this process'}`
  return 'cannot be read'
}

function typeOf(json: Secret): string | undefined {
  try {
    const value: unknown = JSON.parse(json.reveal())
    const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined
    return typeof type === 'string' ? type : undefined
  } catch {
    return undefined
  }
}

/** What is wrong with it, and how to make a right one. */
function privateKeyProblem(pem: string, kind: 'rsa' | 'ed25519'): string | undefined {
  const make = `openssl genpkey -algorithm ${kind === 'rsa' ? 'RSA -pkeyopt rsa_keygen_bits:3072' : 'ed25519'}`
  const key = parseKey(() => createPrivateKey(pem))
  if (!key) return `is not a private key in PKCS #8 PEM; make one with: ${make}`
  if (key.asymmetricKeyType !== kind)
    return `is a key of the kind ${key.asymmetricKeyType}, but ${kind} is needed; make one with: ${make}`
  if (kind === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048)
    return `is shorter than 2,048 bits; make one with: ${make}`
  return undefined
}

function parseKey(parse: () => KeyObject): KeyObject | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}
