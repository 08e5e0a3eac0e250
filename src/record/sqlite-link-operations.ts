import type { DatabaseSync } from 'node:sqlite'
import { type SlackLink, slackLinkOf } from './slack-link.ts'

export function readLinks(db: DatabaseSync) {
  const links = db.prepare(
    'SELECT id, team, account, person, at, told_at FROM slack_link WHERE ended_at IS NULL ORDER BY at, id',
  )
  return { links: (): SlackLink[] => links.all().map(slackLinkOf) }
}

export function writeLinks(db: DatabaseSync) {
  const link = db.prepare('INSERT INTO slack_link VALUES (?, ?, ?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING')
  const unlink = db.prepare('UPDATE slack_link SET ended_at = ? WHERE team = ? AND account = ? AND ended_at IS NULL')
  const markTold = db.prepare('UPDATE slack_link SET told_at = ? WHERE id = ? AND told_at IS NULL')
  return {
    link: (row: readonly (string | number | null)[]): boolean => link.run(...row).changes === 1,
    unlink: (at: number, team: string, account: string): boolean => unlink.run(at, team, account).changes === 1,
    markLinkTold: (at: number, id: string): boolean => markTold.run(at, id).changes === 1,
  }
}
