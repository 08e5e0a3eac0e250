import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { zstdDecompressSync } from 'node:zlib'

/** A text, and where it stands. */
export type Written = readonly [where: string, text: string]

/** Every file below a folder as text: as its bytes, with zstd frames unpacked, and every row of a database. */
export function everythingWritten(folder: string, except?: RegExp): Written[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(path => statSync(path).isFile() && !except?.test(path))
  // All bytes first: who opens and closes a database that a killed process left takes its -wal and -shm away.
  const bytes = paths.map((path): Written => [path, readFileSync(path, 'latin1')])
  return [...bytes, ...paths.flatMap(insideOf)]
}

function insideOf(path: string): Written[] {
  if (path.endsWith('.zst')) return [[`${path} (unpacked)`, unpacked(readFileSync(path))]]
  if (!path.endsWith('.db')) return []
  const database = new DatabaseSync(path, { timeout: 5_000 })
  const tables = database.prepare("select name from sqlite_schema where type = 'table'").all()
  const rows = tables.flatMap(({ name }) => database.prepare(`select * from "${name}"`).all())
  const texts = rows.flatMap(row => Object.values(row)).map(cellText)
  database.close()
  return [[`${path} (rows)`, texts.join('\n')]]
}

function cellText(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)
}

const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

/** A recording is one frame after the other. The magic number may also stand inside of one: then the longest that unpacks counts. */
function unpacked(bytes: Buffer): string {
  let text = ''
  for (let start = 0; start < bytes.length; ) {
    let end = bytes.indexOf(magic, start + 1)
    let frame = attempt(bytes.subarray(start, end < 0 ? undefined : end))
    while (frame === undefined && end >= 0) {
      end = bytes.indexOf(magic, end + 1)
      frame = attempt(bytes.subarray(start, end < 0 ? undefined : end))
    }
    if (frame === undefined) throw new Error('a recording that does not unpack')
    text += frame
    start = end < 0 ? bytes.length : end
  }
  return text
}

function attempt(frame: Buffer): string | undefined {
  try {
    return zstdDecompressSync(frame).toString('utf8')
  } catch {
    return undefined
  }
}
