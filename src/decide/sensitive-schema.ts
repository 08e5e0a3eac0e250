import Type from 'typebox'
import { aggregates } from '../classify/classification.ts'
import { detectorNames, maskKinds } from './decision.ts'

/* What a policy file says of columns and values whose values leave masked. */

const closed = { additionalProperties: false } as const

const aggregateChoice = Type.Enum(['clear', 'mask'])

const columnPattern = Type.String({
  pattern: '^(?!\\.|.*\\.(\\.|$))[^\\s"`,;!(){}[\\]|?%^\\\\]{1,512}$',
  patternErrorMessage:
    'write DATABASE.SCHEMA.TABLE.COLUMN with * where anything may stand, without quotes, spaces or regular expressions',
})

const tagPattern = Type.String({
  pattern: '^[^\\s=]+(=(\\S.*)?)?$',
  maxLength: 512,
  patternErrorMessage: 'write a tag as NAME or NAME=VALUE, without spaces around =',
})

export const sensitive = Type.Object(
  {
    columns: Type.Optional(
      Type.Array(columnPattern, {
        minItems: 1,
        description:
          'Globs over DATABASE.SCHEMA.TABLE.COLUMN (project.dataset.table.column); case does not matter, `*` also crosses dots; with fewer than four parts they begin with `*`, or are all of a database (`hr.*`). A field of a BigQuery struct stands behind its column (`*.customers.contact.email`), and makes all of that column sensitive; so does what stands behind a column of JSON (VARIANT, OBJECT, ARRAY, MAP, JSON), which is masked whole.',
      }),
    ),
    tags: Type.Optional(
      Type.Array(tagPattern, {
        minItems: 1,
        description:
          'Tags in the warehouse’s own catalog, `name=value` or a name alone, as globs without regard to case: Snowflake tags (`connections.NAME.tags`), BigQuery policy tags by resource name and labels of tables. Where tags are not known, as of a BigQuery wildcard of more than ten tables, every column counts as tagged.',
      }),
    ),
    class: Type.String({
      pattern: '^[a-z][a-z0-9_-]{0,62}$',
      patternErrorMessage: 'write a short lower-case word such as contact',
      description: 'What kind of data it is; rules compare it with `.class`.',
    }),
    mask: Type.Enum([...maskKinds], {
      description:
        'How its values leave where the column is shown as it is. What is computed from it, or made up under its name, leaves as `redact` (or `null`).',
    }),
    aggregates: Type.Optional(
      Type.Object(Object.fromEntries(aggregates.map(name => [name, Type.Optional(aggregateChoice)])), {
        ...closed,
        description:
          'What an aggregate of one such column leaves as: `clear` or `mask`. Only `count` is clear where nothing is said: over one row an average is the value itself, and so is a minimum over any.',
      }),
    ),
  },
  closed,
)

export const detect = Type.Object(
  {
    content: Type.Array(Type.Enum([...detectorNames]), {
      minItems: 1,
      description:
        'What is looked for, also as URLs, JSON, HTML, mail, base64 and hexadecimal digits write it. `national_id`: by their form or check digits, and numbers that are said to be one (`SSN 078…`), by the name of a column, a field or a member of JSON (or of what is around it) too; so with `phone` and `secret`. `secret`: keys that are known by their form, and passwords of addresses, settings and commands (`Pwd=…`, `<password>…`, `--password …`); behind `token`, `secret` and `pass`, and behind a colon without quotes, what has a digit.',
    }),
    mask: Type.Enum(
      maskKinds.filter(kind => kind !== 'date'),
      {
        description:
          'How what is found leaves; the rest of the value stays. `null` empties the whole value. `hash` and `format` are for columns that are shown as they are; in what a statement makes, they are `redact`.',
      },
    ),
    except: Type.Array(columnPattern, {
      default: [],
      description: 'Columns it is not looked for in, such as a public contact address; patterns as in `sensitive`.',
    }),
  },
  closed,
)
