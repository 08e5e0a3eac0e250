import Type, { type TInteger, type TString } from 'typebox'
import { durationPattern, sizePattern } from './units.ts'

/** Options of every object of the configuration: what is not known is refused. */
export const closed = { additionalProperties: false } as const

const reference = 'env:[A-Za-z_][A-Za-z0-9_]*|file:\\S.*'

/** A secret, by reference: the configuration file itself may be read by anybody. */
export function secret(description: string): TString {
  return Type.String({
    pattern: `^(${reference})$`,
    patternErrorMessage: 'write env:NAME or file:PATH here; a secret itself never stands in this file',
    description: `${description} \`env:NAME\` or \`file:PATH\`.`,
  })
}

/** An address of a store: by reference where it holds a password. `options`: a pattern of what may stand behind "?". */
export function storeAddress(schemes: string, example: string, description: string, options?: string): TString {
  const query = options ? `(\\?${options})?` : ''
  return Type.String({
    pattern: `^(${reference}|sqlite:\\S.*|(${schemes})://([^:@/\\s]+@)?[^@\\s?]+${query})$`,
    patternErrorMessage: `write sqlite:PATH, ${example} without a password, or env:NAME or file:PATH where there is one`,
    description: `${description} By \`env:NAME\` or \`file:PATH\` where it holds a password.`,
  })
}

export function url(description: string): TString {
  return Type.String({
    pattern: '^https?://[^/@\\s?#]+(/[^@\\s?#]*)?$',
    patternErrorMessage: 'write a URL such as https://gateway.example.com, without user, query or fragment',
    description,
  })
}

export function durationText(description: string, preset: string): TString {
  return Type.String({
    pattern: durationPattern,
    patternErrorMessage: 'write a duration with its unit: s, m, h or d, such as 30s',
    description,
    default: preset,
  })
}

export function sizeText(description: string, preset: string): TString {
  return Type.String({
    pattern: sizePattern,
    patternErrorMessage: 'write a size with its unit: B, KiB, MiB, GiB or TiB, such as 1MiB',
    description,
    default: preset,
  })
}

export function name(description: string): TString {
  return Type.String({
    pattern: '^\\S(.*\\S)?$',
    patternErrorMessage: 'write some text, without spaces around it',
    maxLength: 256,
    description,
  })
}

export function path(description: string): TString {
  return Type.String({
    pattern: '^(?![a-z][a-z0-9+.-]+://)\\S',
    patternErrorMessage: 'write the path of a file or folder on this machine',
    description,
  })
}

export function port(preset: number): TInteger {
  return Type.Integer({ minimum: 0, maximum: 65_535, default: preset, description: 'TCP port; 0 for any free one.' })
}
