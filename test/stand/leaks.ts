import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { sensitiveValues } from '#test/fakes/dataset.ts'
import type { Stand } from './stand.ts'

export interface Leaks {
  /** How many texts were searched. */
  readonly looked: number
  /** Where a raw value stands, and of which kind: never the value itself. */
  readonly found: readonly string[]
}

/** Searches what left the gateway for the data set's raw values: the transcript, every file of the stand, every card. */
export async function findLeaks(stand: Stand, transcript: string): Promise<Leaks> {
  const values = await sensitiveValues(stand.snowflake.database.admin, 2_000, { catalog: 'DEMO', schema: 'SHOP' })
  const needles = [...values.email, ...values.phone, ...values.cardNumber]
  const slack = JSON.stringify(stand.slack.state.messages)
  const texts = [
    ['transcript', transcript] as const,
    ['Slack', slack] as const,
    ...filesBelow(stand.folder).map(file => [file, readable(file)] as const),
  ]
  const found = texts.flatMap(([where, text]) => {
    const count = needles.filter(value => text.includes(value)).length
    return count > 0 ? [`${count} raw values in ${where}`] : []
  })
  return { looked: texts.length, found }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(path => statSync(path).isFile())
}

const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

/** A file as text, with every zstd frame in it unpacked. */
function readable(file: string): string {
  const bytes = readFileSync(file)
  let text = bytes.toString('latin1')
  for (let at = bytes.indexOf(zstdMagic); at >= 0; at = bytes.indexOf(zstdMagic, at + 1)) {
    const next = bytes.indexOf(zstdMagic, at + 1)
    text += unpack(bytes.subarray(at, next < 0 ? undefined : next))
  }
  return text
}

function unpack(frame: Buffer): string {
  try {
    return zstdDecompressSync(frame).toString('utf8')
  } catch {
    return ''
  }
}
