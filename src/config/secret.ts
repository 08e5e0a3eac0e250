import { inspect } from 'node:util'

/**
 * A value that must not be seen. Prints as `[redacted]` wherever it is turned into text: template strings,
 * `JSON.stringify`, `console.log`, pino, error messages. `reveal()` is the one way out, and easy to search for.
 */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return '[redacted]'
  }
  toJSON(): string {
    return '[redacted]'
  }
  [inspect.custom](): string {
    return '[redacted]'
  }
}
