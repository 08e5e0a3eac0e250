import type { ArrowMessage } from './arrow-messages.ts'
import { type ArrowField, readSchema } from './arrow-schema.ts'

/** Reads the schemas of one stream after another, of which nearly every one is the last one again: then the fields are the same array. */
export class SchemaReader {
  #last: { readonly metadata: Uint8Array; readonly fields: readonly ArrowField[] } | undefined

  read({ metadata, header }: ArrowMessage): readonly ArrowField[] {
    if (!this.#last || Buffer.compare(this.#last.metadata, metadata) !== 0)
      this.#last = { metadata: metadata.slice(), fields: readSchema(header) }
    return this.#last.fields
  }
}
