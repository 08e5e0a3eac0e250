import { Type } from 'typebox'

/* What the fields of requests are made of. */

export const strict = { additionalProperties: false } as const
export const text = (maxLength: number) => Type.Optional(Type.String({ maxLength }))
/** A short text: a constant of the API, or a delimiter. */
export const word = text(64)
export const flag = Type.Optional(Type.Boolean())
