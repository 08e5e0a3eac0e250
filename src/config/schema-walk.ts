import type { TSchema } from 'typebox'
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml'
import { didYouMean, oneOf, type Path } from './problem.ts'

/** Anything of a YAML document that has a place. */
export type Place = Pick<Node, 'range'> | null | undefined

/** The part of JSON Schema that our schemas use. */
export interface Form {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Form[]
  readonly properties?: Readonly<Record<string, Form>>
  readonly patternProperties?: Readonly<Record<string, Form>>
  readonly required?: readonly string[]
  readonly items?: Form
  readonly pattern?: string
  /** Said where `pattern` does not match; editors know it under this name. */
  readonly patternErrorMessage?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxLength?: number
}

type Report = (path: Path, place: Place, message: string) => void

/**
 * Compares YAML nodes with a schema and builds the plain value, defaults filled in. Written here because a validator
 * of plain values knows no places and stops after its first few errors. No message repeats what it found: a secret may
 * stand where none belongs.
 */
export class SchemaWalk {
  readonly #report: Report
  constructor(report: Report) {
    this.#report = report
  }

  /** The value, or undefined where nothing of the right kind is there. */
  read(node: unknown, schema: TSchema, path: Path): unknown {
    return this.#read(node, schema as Form, path)
  }

  #read(node: unknown, form: Form, path: Path): unknown {
    const place = node as Place
    if (isAlias(node))
      return this.#wrong(
        path,
        place,
        'anchors and aliases are not supported; write the value out, and put text that starts with "*" in quotes',
      )
    if (form.anyOf) return this.#readVariant(node, form.anyOf, path)
    if (form.patternProperties || form.properties) {
      if (!isMap(node)) return this.#wrong(path, place, 'write a mapping here (name: value, indented)')
      return form.properties ? this.#readObject(node, form, path) : this.#readRecord(node, form, path)
    }
    if (form.type === 'array') return this.#readList(node, form, path)
    if (!isScalar(node)) return this.#wrong(path, place, `write ${choicesOf(form)?.words ?? kindInWords(form)} here`)
    return this.#readScalar(node.value, node, form, path)
  }

  #readObject(node: YAMLMap, form: Form, path: Path): Record<string, unknown> {
    const value: Record<string, unknown> = {}
    const properties = form.properties ?? {}
    const given = new Set<string>()
    for (const pair of node.items as Pair<unknown, unknown>[]) {
      const name = keyText(pair)
      given.add(name)
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined
      if (!property) {
        this.#report(
          [...path, name],
          pair.key as Place,
          name === '<<' ? noMerging : `no such field "${name.slice(0, 64)}"${oneOf(name, Object.keys(properties))}`,
        )
        continue
      }
      const read = pair.value
        ? this.#read(pair.value, property, [...path, name])
        : this.#wrong([...path, name], pair.key as Place, 'needs a value')
      if (read !== undefined) value[name] = read
    }
    for (const [name, property] of Object.entries(properties)) {
      if (given.has(name)) continue
      if (property.default !== undefined) value[name] = structuredClone(property.default)
      else if (form.required?.includes(name)) {
        const filled =
          property.properties && !hasRequired(property)
            ? this.#readObject({ items: [] } as unknown as YAMLMap, property, path)
            : undefined
        if (filled) value[name] = filled
        else
          this.#report(
            [...path, name],
            node,
            `is missing${property.description ? `: ${firstSentence(property.description)}` : ''}`,
          )
      }
    }
    return value
  }

  #readRecord(node: YAMLMap, form: Form, path: Path): Record<string, unknown> {
    const value: Record<string, unknown> = Object.create(null)
    const [pattern, property] = Object.entries(form.patternProperties ?? {})[0] ?? ['', {}]
    for (const pair of node.items as Pair<unknown, unknown>[]) {
      const name = keyText(pair)
      if (!new RegExp(pattern, 'u').test(name)) {
        this.#report(
          [...path, name.slice(0, 64)],
          pair.key as Place,
          form.patternErrorMessage ?? 'this name is not allowed',
        )
        continue
      }
      const read = this.#read(pair.value, property, [...path, name])
      if (read !== undefined) value[name] = read
    }
    if (node.items.length === 0) this.#report(path, node, 'needs at least one entry')
    return { ...value }
  }

  #readList(node: unknown, form: Form, path: Path): unknown[] | undefined {
    if (!isSeq(node)) return this.#wrong(path, node as Place, 'write a list here ([a, b] or "- a" lines)')
    if (node.items.length < (form.minItems ?? 0))
      this.#report(path, node, `needs at least ${form.minItems === 1 ? 'one entry' : `${form.minItems} entries`}`)
    const values = node.items.map((item, i) => this.#read(item, form.items ?? {}, [...path, i]))
    for (const [i, value] of values.entries())
      if (value !== undefined && typeof value !== 'object' && values.indexOf(value) < i)
        this.#report([...path, i], node.items[i] as Place, 'is in this list already; was another one meant?')
    return values
  }

  /** A choice between objects that a constant field (`kind`, `mint`) tells apart. */
  #readVariant(node: unknown, variants: readonly Form[], path: Path): unknown {
    if (!isMap(node)) return this.#wrong(path, node as Place, 'write a mapping here (name: value, indented)')
    const name = Object.entries(variants[0]?.properties ?? {}).find(([, form]) => form.const !== undefined)?.[0] ?? ''
    const names = variants.map(variant => String(variant.properties?.[name]?.const))
    const given: unknown = node.get(name)
    const variant = variants[names.indexOf(String(given))]
    if (variant) return this.#readObject(node, variant, path)
    const choice = `write one of ${names.join(', ')}`
    const message = given === undefined ? `is missing; ${choice}` : `${choice}${didYouMean(String(given), names)}`
    return this.#wrong([...path, name], (node.get(name, true) as Place) ?? node, message)
  }

  #readScalar(value: unknown, place: Scalar, form: Form, path: Path): unknown {
    const choices = choicesOf(form)
    if (choices) {
      // YAML reads a bare null as nothing; a choice of that name is meant.
      const word = value === null && place.source === 'null' ? 'null' : value
      if (choices.values.includes(word)) return word
      const near = value === null ? '' : didYouMean(String(value), choices.values.map(String))
      return this.#wrong(path, place, `write ${choices.words}${near}`)
    }
    const kind = form.type === 'integer' ? Number.isSafeInteger(value) : typeof value === form.type
    if (!kind) return this.#wrong(path, place, form.patternErrorMessage ?? `write ${kindInWords(form)} here`)
    if (typeof value === 'number' && (value < (form.minimum ?? value) || value > (form.maximum ?? value)))
      return this.#wrong(path, place, `write ${kindInWords(form)} here`)
    if (typeof value !== 'string') return value
    if (value.length > (form.maxLength ?? value.length))
      return this.#wrong(path, place, `is longer than ${form.maxLength} characters`)
    if (form.pattern && !new RegExp(form.pattern, 'u').test(value))
      return this.#wrong(path, place, form.patternErrorMessage ?? `must match ${form.pattern}`)
    return value
  }

  #wrong(path: Path, place: Place, message: string): undefined {
    this.#report(path, place, message)
    return undefined
  }
}

const noMerging = 'nothing is merged into a mapping; write the fields out'

function choicesOf(form: Form): { readonly values: readonly unknown[]; readonly words: string } | undefined {
  const values = form.enum ?? (form.const === undefined ? undefined : [form.const])
  return values && { values, words: `${values.length > 1 ? 'one of ' : ''}${values.join(', ')}` }
}

function keyText(pair: Pair<unknown, unknown>): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key)
}

function hasRequired(form: Form): boolean {
  const { properties = {}, required = [] } = form
  return required.some(name => {
    const property = properties[name]
    return property?.default === undefined && !(property?.properties && !hasRequired(property))
  })
}

function kindInWords(form: Form): string {
  switch (form.type) {
    case 'integer': {
      const range =
        form.maximum === undefined ? `, at least ${form.minimum ?? 0}` : ` from ${form.minimum ?? 0} to ${form.maximum}`
      return `a whole number${range}`
    }
    case 'boolean':
      return 'true or false'
    case 'string':
      return 'text (in quotes if it looks like a number, or is true or false)'
    default:
      return 'a value'
  }
}

function firstSentence(text: string): string {
  return text.split(/(?<=\.)\s/)[0] ?? text
}
