import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Secret } from '#src/config/secret.ts'
import { type Hold, type HoldTerms, termsHash } from '#src/hold/hold.ts'
import type { Review } from '#src/hold/review.ts'
import { type ReviewSigner, reviewSigner } from '#src/hold/seal.ts'

/** Somebody who can write to the hold store of a stand, whatever its rules are. */
export class Forger {
  readonly #db: DatabaseSync

  constructor(file: string) {
    this.#db = new DatabaseSync(file, { timeout: 5_000 })
  }

  hold(id: string): Hold {
    return JSON.parse(String(this.#db.prepare('SELECT body FROM hold WHERE id = ?').get(id)?.body))
  }

  /** Puts this in the place of the stored hold, and rings. */
  write(id: string, hold: Hold): void {
    const version = hold.version + 1
    const sql = 'UPDATE hold SET version = ?, state = ?, body = ? WHERE id = ?'
    this.#db.prepare(sql).run(version, hold.state, JSON.stringify({ ...hold, version }), id)
    this.#ring(id)
  }

  /** A body that is no hold at all, under a new version: whoever read the old one must not put it back. */
  spoil(id: string, body: string, state: string): void {
    this.#db.prepare('UPDATE hold SET version = version + 1, state = ?, body = ? WHERE id = ?').run(state, body, id)
    this.#ring(id)
  }

  /** A hold that the gateway never made. */
  insert(hold: Hold): void {
    const { issuer, subject, onBehalfOf = null } = hold.terms.statement.principal
    this.#db
      .prepare('INSERT OR REPLACE INTO hold VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        ...[hold.id, hold.version, hold.state, hold.terms.createdAt, hold.terms.expiresAt + 86_400_000],
        ...[JSON.stringify([issuer, subject, onBehalfOf]), hold.terms.digest, JSON.stringify(hold)],
      )
    this.#ring(hold.id)
  }

  /** False where another process is in the middle of a write. */
  mayWrite(): boolean {
    try {
      this.#db.exec('PRAGMA busy_timeout = 100; BEGIN IMMEDIATE; ROLLBACK')
      return true
    } catch {
      return false
    } finally {
      this.#db.exec('PRAGMA busy_timeout = 5000')
    }
  }

  close(): void {
    this.#db.close()
  }

  #ring(id: string): void {
    this.#db.prepare('INSERT INTO change (hold) VALUES (?)').run(id)
  }
}

/** The bot's own key: what only the bot should hold. */
export function botSigner(folder: string): ReviewSigner {
  return reviewSigner(new Secret(readFileSync(join(folder, 'keys', 'reviews.pem'), 'utf8')), 'slack')
}

export function strangeSigner(): ReviewSigner {
  const { privateKey } = generateKeyPairSync('ed25519')
  return reviewSigner(new Secret(String(privateKey.export({ type: 'pkcs8', format: 'pem' }))), 'slack')
}

/** An approval of these terms as the bot would word it. */
export function approvalOf(terms: HoldTerms, reviewer: string, changes: Partial<Review> = {}): Review {
  const { statement, digest, createdAt } = terms
  return {
    ...{
      hold: statement.id,
      digest,
      shown: termsHash(terms),
      reviewer,
      verdict: 'approve',
      at: createdAt + 1,
      place: 'slack',
    },
    ...changes,
  }
}
