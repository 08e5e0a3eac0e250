import type { TSchema } from 'typebox'
import { policySchema } from '../decide/policy-schema.ts'
import { type Fact, type FactType, vocabulary } from '../decide/vocabulary.ts'
import { configSchema } from './schema.ts'
import type { Form } from './schema-walk.ts'

/** What `manifests/querywarden.schema.json` holds: JSON Schema 2020-12 of the configuration file. */
export function configSchemaJson(): string {
  return published(configSchema)
}

/** What `manifests/policy.schema.json` holds. */
export function policySchemaJson(): string {
  return published(policySchema)
}

/** A file may leave out what has a default; the value it is read into never does. */
function published(schema: TSchema): string {
  const text = JSON.stringify(
    schema,
    (_key, form: Form | null) => {
      if (!form?.properties || !form.required) return form
      const required = form.required.filter(name => form.properties?.[name]?.default === undefined)
      return { ...form, required }
    },
    2,
  )
  return `${text}\n`
}

/** The table of every setting of the configuration file, as Markdown. Generated, so that it cannot differ from the schema. */
export function configReference(): string {
  return settingsTable(configSchema)
}

/** The table of every field of the policy file. */
export function policyReference(): string {
  return settingsTable(policySchema)
}

/** The table of everything that a rule's `when` can read. */
export function factReference(): string {
  const rows = Object.entries(vocabulary([])).flatMap(([name, fact]) => factRows(name, fact))
  return ['| fact | type | |', '|---|---|---|', ...rows].join('\n')
}

function settingsTable(schema: TSchema): string {
  return ['| setting | default | |', '|---|---|---|', ...rowsOf(schema as Form, '', '', [])].join('\n')
}

/** `variant`: the constants that choose between alternatives, such as `snowflake`, `key-pair`. */
function rowsOf(form: Form, path: string, preset: string, variant: readonly string[]): string[] {
  if (form.anyOf) return form.anyOf.flatMap(choice => rowsOf(choice, path, preset, [...variant, constantOf(choice)]))
  if (form.patternProperties) {
    const [property = {}] = Object.values(form.patternProperties)
    return [row(path, preset, form, variant), ...rowsOf(property, `${path}.NAME`, 'required', variant)]
  }
  if (form.properties) {
    const head = path && form.description ? [row(path, '', form, variant)] : []
    const rows = Object.entries(form.properties).flatMap(([name, property]) =>
      rowsOf(
        property,
        path ? `${path}.${name}` : name,
        presetOf(property, form.required?.includes(name) ?? false),
        variant,
      ),
    )
    return [...head, ...rows]
  }
  if (form.items?.properties)
    return [row(path, preset, form, variant), ...rowsOf(form.items, `${path}[]`, 'required', variant)]
  return [row(path, preset, form, variant)]
}

function constantOf({ properties = {} }: Form): string {
  return String(Object.values(properties).find(property => property.const !== undefined)?.const)
}

function presetOf(form: Form, required: boolean): string {
  if (form.default !== undefined) return `\`${defaultText(form.default)}\``
  return required ? 'required' : ''
}

/** As one may write it in YAML. */
function defaultText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(defaultText).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value).map(([name, member]) => `${name}: ${defaultText(member)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

function row(path: string, preset: string, form: Form, variant: readonly string[]): string {
  const choices = form.enum ?? form.items?.enum ?? (form.const === undefined ? [] : [form.const])
  const oneOf =
    choices.length > 0
      ? `${choices.length > 1 ? (form.items ? 'Some of ' : 'One of ') : ''}${choices.map(choice => `\`${choice}\``).join(', ')}. `
      : ''
  const only = form.const === undefined && variant.length > 0 ? `(${variant.join(', ')}) ` : ''
  return `| \`${path}\` | ${preset} | ${cell(only + oneOf + (form.description ?? ''))} |`
}

function factRows(path: string, { type, description, mayBeUnknown }: Fact): string[] {
  const inner = type.kind === 'list' ? type.of : type
  const own = `| \`${path}\` | ${typeName(type)} | ${cell(description + (mayBeUnknown ? ' Not always known.' : ''))} |`
  if (inner.kind !== 'record') return [own]
  const prefix = type.kind === 'list' ? `${path}[]` : path
  return [own, ...Object.entries(inner.fields).flatMap(([name, fact]) => factRows(`${prefix}.${name}`, fact))]
}

function typeName(type: FactType): string {
  if (type.kind === 'list') return `list of ${typeName(type.of)}`
  if (type.kind === 'record') return type.name
  if (type.kind !== 'enum') return type.kind
  return type.name === 'class' ? 'class' : type.values.map(value => `\`${value}\``).join(', ')
}

function cell(text: string): string {
  return text.trim().replaceAll('|', '\\|')
}
