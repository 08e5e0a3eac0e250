import type { Column } from '#src/execute/warehouse.ts'
import { maskedCells } from '#src/mask/masked-cells.ts'
import { releaseOf } from '#src/record/after-review.ts'
import type { EventOf, SessionRecord } from '#src/record/event.ts'
import { readPages } from '#src/record/record-result.ts'
import type { RecordingStore } from '#src/record/recording-store.ts'
import { lastEvent } from '#src/record/session-facts.ts'
import { describeEvent } from '#src/show/describe-event.ts'
import { count, duration } from '#src/show/facts.ts'
import { print, printWrapped, table } from './terminal.ts'

/** The recorded session, step by step with its times; with `recordings`, also the masked rows page by page. */
export async function showSession(record: SessionRecord, recordings?: RecordingStore): Promise<void> {
  const start = record.events[0]?.at ?? 0
  print(`session ${record.id} · ${record.state} · ${new Date(start).toISOString()}`)
  for (const event of record.events) {
    const time = `+${duration(event.at - start)}`.padStart(9)
    const [first = '', ...rest] = describeEvent(event).lines
    printWrapped(`${time}  `, first)
    // A statement keeps its lines and its spaces.
    for (const line of rest) (line.startsWith('│') ? showAsIs : printWrapped)(' '.repeat(11), line)
  }
  const release = releaseOf(record)
  if (release && !release.reviewed)
    print(`to review: ${release.by} released it alone, and nobody else has reviewed that yet`)
  const done = lastEvent(record, 'completed')
  if (done && recordings) await showPages(record, done, recordings)
}

function showAsIs(head: string, line: string): void {
  print(head + line)
}

async function showPages(record: SessionRecord, done: EventOf<'completed'>, recordings: RecordingStore): Promise<void> {
  const names = done.columns.map(({ name }: Column, at) => (done.masks[at] ? `${name} ▒` : name))
  let page = 0
  for await (const masked of readPages({ recordings }, record.id, done.frames)) {
    page += 1
    print(`\n  page ${page} of ${done.frames.length}, ${count(masked.rows)} rows, as the agent saw them`)
    print(table(names, maskedCells(masked, done)))
  }
}
