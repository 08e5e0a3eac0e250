import { type Fields, isFields } from './wire.ts'

/** Finds what is wrong with a value; `at` is its JSON pointer. */
export type Check = (value: unknown, at: string) => string[]

const problem = (text: string, at: string): string[] => [`${text} [json-pointer:${at}]`]

export const flag: Check = (value, at) => (typeof value === 'boolean' ? [] : problem('must be a valid boolean', at))

/** Text of a length in UTF-16 units, as Slack counts. */
export function string(max: number, min = 0): Check {
  return (value, at) => {
    if (typeof value !== 'string') return problem('must be a string', at)
    if (value.length < min) return problem(`must be more than ${min - 1} characters`, at)
    if (value.length > max) return problem(`must be less than ${max + 1} characters`, at)
    return []
  }
}

export function integer(min: number, max: number): Check {
  return (value, at) => {
    if (!Number.isInteger(value)) return problem('must be a valid integer', at)
    return (value as number) < min || (value as number) > max ? problem(`must be between ${min} and ${max}`, at) : []
  }
}

export function oneOf(...values: string[]): Check {
  return (value, at) => (values.includes(value as string) ? [] : problem(`must be one of: ${values.join(', ')}`, at))
}

export function list(item: Check, max: number, min = 0): Check {
  return (value, at) => {
    if (!Array.isArray(value)) return problem('must provide an array', at)
    if (value.length < min) return problem(`no fewer than ${min} items required`, at)
    if (value.length > max) return problem(`no more than ${max} items allowed`, at)
    return value.flatMap((entry, index) => item(entry, `${at}/${index}`))
  }
}

/** An object with exactly these fields; names ending in "?" may be absent. `type` fields are checked by `variants`. */
export function object(fields: Record<string, Check>, further?: (value: Fields, at: string) => string[]): Check {
  const checks = new Map(Object.entries(fields).map(([name, check]) => [name.replace(/\?$/, ''), check]))
  const required = Object.keys(fields).filter(name => !name.endsWith('?'))
  return (value, at) => {
    if (!isFields(value)) return problem('must provide an object', at)
    const missing = required
      .filter(name => value[name] === undefined || value[name] === null)
      .flatMap(name => problem(`missing required field: ${name}`, at))
    const found = Object.entries(value).flatMap(([name, field]) => {
      const check = checks.get(name)
      if (name === 'type') return []
      if (!check) return problem(`invalid additional property: ${name}`, at)
      return field === undefined || (field === null && !required.includes(name)) ? [] : check(field, `${at}/${name}`)
    })
    return [...missing, ...found, ...(further?.(value, at) ?? [])]
  }
}

/** An object whose `type` picks the check; any other type is refused. */
export function variants(byType: Record<string, Check>): Check {
  return (value, at) => {
    if (!isFields(value)) return problem('must provide an object', at)
    if (value.type === undefined) return problem('missing required field: type', at)
    const check = Object.hasOwn(byType, String(value.type)) ? byType[String(value.type)] : undefined
    return check ? check(value, at) : problem(`unsupported type: ${String(value.type)}`, `${at}/type`)
  }
}

export const failed = problem
