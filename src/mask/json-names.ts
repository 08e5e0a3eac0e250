import { decodeString, valueEnd } from '../execute/json-bytes.ts'
import { isTelling, partName } from './mask-member.ts'

/** What says of the values beside it what they are: `{"name":"…","value":"…"}`. */
const labels = /^(?:name|key|k|type|kind|system|field|label|attribute)$/i
const anyLabel = /"(?:name|key|k|type|kind|system|field|label|attribute)"\s*:/i
const option = /^--[\w-]{2,64}$/

interface Around {
  readonly isList: boolean
  /** What the value as a whole is called, and what stands beside its parts. */
  readonly outer: string
  readonly label: string
  name: string
}

/** By which name each value in a JSON text goes, told of its parts in their order. */
export class JsonNames {
  readonly #labels: Iterator<string>
  readonly #around: Around[]

  constructor(name: string, all: readonly string[]) {
    this.#labels = all.values()
    this.#around = [{ isList: true, outer: name, label: '', name }]
  }

  /** The name of the value that comes next. */
  told(): string {
    const { name = '', outer = '', label = '' } = this.#around.at(-1) ?? {}
    return partName(name, isTelling(label) ? label : outer)
  }

  open(isList: boolean): void {
    const outer = this.told()
    this.#around.push({ isList, outer, label: this.#labels.next().value ?? '', name: isList ? outer : '' })
  }

  close(): void {
    this.#around.pop()
  }

  /** Of a list of a command's words, an option is the name of what follows it. */
  said(text: string, isName: boolean): void {
    const around = this.#around.at(-1)
    if (around && isName) around.name = text
    else if (around?.isList) around.name = option.test(text) ? text : around.outer
  }
}

/** Of each object and list, in their order: what stands beside its values and says what they are. */
export function labelsOf(text: string, bytes: Buffer, start: number): readonly string[] {
  if (!anyLabel.test(text)) return []
  const all: string[] = []
  const open: number[] = []
  let name = ''
  valueEnd(bytes, start, {
    onOpen: () => {
      open.push(all.push('') - 1)
      name = ''
    },
    onClose: () => void open.pop(),
    onString: (from, to, isName) => {
      const at = open.at(-1)
      if (isName) name = decodeString(bytes, from, to)
      else if (at !== undefined && labels.test(name) && !isTelling(all[at] ?? ''))
        all[at] = decodeString(bytes, from, to)
    },
  })
  return all
}
