import Type, { type Static } from 'typebox'
import { hazards } from '../classify/classification.ts'
import { readDocument, type YamlDocument } from '../config/document.ts'
import type { Path, Problem } from '../config/problem.ts'
import { approversName, stageOf } from './approvers.ts'
import { type Asked, agentSchema, askedFields, askedOf, askedProblems, contextSchema, dialectSchema } from './asked.ts'
import type { Approvers, Decision } from './decision.ts'

const closed = { additionalProperties: false } as const
const names = Type.Array(Type.String({ maxLength: 512 }))

const expectSchema = Type.Object(
  {
    verdict: Type.Enum(['allow', 'deny', 'hold'], { description: 'allow, deny or hold.' }),
    rule: Type.Optional(Type.String({ description: 'Name of the rule that decides; `default` where none matches.' })),
    role: Type.Optional(Type.String()),
    approvers: Type.Optional(
      Type.Array(
        Type.Object(
          {
            group: Type.Optional(Type.String()),
            named: Type.Optional(names),
            people: Type.Integer({ minimum: 1, maximum: 10, default: 1 }),
            stage: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 })),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    masked: Type.Optional(names),
    hazards: Type.Optional(Type.Array(Type.Enum([...hazards]))),
    shape: Type.Optional(
      Type.String({
        description:
          'What approvers may grant beside an approval, with `?` for each value that may differ; `none` for nothing.',
      }),
    ),
  },
  { ...closed, description: 'What the policy should make of it. Lists are whole, in any order.' },
)
type Expectation = Static<typeof expectSchema>

const caseSchema = Type.Object(
  { name: Type.Optional(Type.String({ maxLength: 200 })), ...askedFields, expect: expectSchema },
  closed,
)

/** The form of a file of cases. What stands beside `cases` is for those that leave it out. */
const casesSchema = Type.Object(
  {
    dialect: Type.Optional(dialectSchema),
    agent: Type.Optional(agentSchema),
    context: Type.Optional(contextSchema),
    cases: Type.Array(caseSchema, { minItems: 1, description: 'Statements, each with what should become of it.' }),
  },
  closed,
)
type CasesFile = Static<typeof casesSchema>

/** One statement and what a policy should make of it. */
export interface PolicyCase {
  readonly name: string
  /** Of the file, where the case starts. */
  readonly line: number
  readonly asked: Asked
  readonly expect: Expectation
}

/** Reads a file of cases (YAML); every problem at once, with its place. A file with a problem is not half used. */
export function loadPolicyCases(
  text: string,
  file: string,
): { cases: readonly PolicyCase[] } | { problems: readonly Problem[] } {
  const { document, problems } = readDocument(text, file, casesSchema)
  if (!document || problems.length > 0) return { problems }
  const { cases } = document.value
  for (const i of cases.keys()) problems.push(...caseProblems(document, i))
  return problems.length > 0 ? { problems } : { cases: cases.map((_case, i) => caseOf(document, i)) }
}

/** A case that says what cannot be, such as the role of a refusal, would fail for ever without saying why. */
function caseProblems({ value, problem }: YamlDocument<CasesFile>, i: number): Problem[] {
  const given = value.cases[i]
  const { dialect = value.dialect, expect } = given ?? {}
  const found: Problem[] = []
  const add = (path: Path, message: string) => found.push(problem(['cases', i, ...path], message))
  if (!dialect) add([], 'names no dialect; write dialect: snowflake or bigquery here or beside cases')
  if (expect?.role !== undefined && expect.verdict === 'deny') add(['expect', 'role'], 'a refusal has no role')
  if (expect?.approvers !== undefined && expect.verdict !== 'hold')
    add(['expect', 'approvers'], 'only a hold has approvers')
  const context = { ...value.context, ...given?.context }
  for (const [path, message] of askedProblems({ ...given, context })) add(path, message)
  return found
}

function caseOf({ value, problem }: YamlDocument<CasesFile>, i: number): PolicyCase {
  const given = value.cases[i] as CasesFile['cases'][number]
  const { name = given.sql.trim().split('\n')[0] ?? '', expect, dialect = value.dialect, ...rest } = given
  const asked = askedOf({
    ...rest,
    dialect: dialect ?? 'snowflake',
    agent: { ...value.agent, ...rest.agent },
    context: { ...value.context, ...rest.context },
  })
  return { name, line: problem(['cases', i], '').line, asked, expect }
}

/** Where a case came out differently, in words to be put beside each other. */
interface Miss {
  readonly what: keyof Expectation
  readonly expected: string
  readonly actual: string
}

/** What of the answer is not as expected; nothing where the case passes. Pure. */
export function missesOf(expect: Expectation, { decision, hazards, masked, shape = 'none' }: Outcome): readonly Miss[] {
  const actual: Readonly<Record<keyof Expectation, string>> = {
    verdict: decision.verdict,
    rule: decision.rule,
    role: decision.role,
    approvers: listText((decision.approvers ?? []).map(approverText)),
    masked: listText(masked),
    hazards: listText(hazards),
    shape,
  }
  const { verdict, rule, role, approvers, masked: masks, hazards: dangers, shape: granted } = expect
  const expected: Readonly<Partial<Record<keyof Expectation, string>>> = {
    verdict,
    ...(rule !== undefined && { rule }),
    ...(role !== undefined && { role }),
    ...(approvers && { approvers: listText(approvers.map(approverText)) }),
    ...(masks && { masked: listText(masks) }),
    ...(dangers && { hazards: listText(dangers) }),
    ...(granted !== undefined && { shape: granted }),
  }
  return (Object.keys(expected) as (keyof Expectation)[]).flatMap(what => {
    const wanted = expected[what] ?? ''
    return wanted === actual[what] ? [] : [{ what, expected: wanted, actual: actual[what] }]
  })
}

/** What is compared with an expectation. */
interface Outcome {
  readonly decision: Decision
  readonly hazards: readonly string[]
  /** Names of the columns that would be masked; `*` where it is each of them because they are not known. */
  readonly masked: readonly string[]
  /** That may be granted; absent: none. */
  readonly shape?: string
}

function approverText(approvers: Approvers): string {
  const stage = stageOf(approvers)
  return `${approvers.people} of ${approversName(approvers)}${stage === 1 ? '' : ` in stage ${stage}`}`
}

function listText(items: readonly string[]): string {
  return items.length === 0 ? 'none' : items.toSorted().join(', ')
}
