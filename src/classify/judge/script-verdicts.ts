import { type GateStatement, gate } from '../gate.ts'
import { leadingReading } from '../text/leading-tokens.ts'
import { isWord } from '../text/token.ts'
import { columnFlow, computed, emptyFlow, type Flow, joinFlows, unknownFlow } from '../walk/flow.ts'
import { Names } from '../walk/names.ts'
import { wholeRow } from '../walk/scope.ts'
import { type Declared, nothingDeclared } from '../walk/walk.ts'
import { executedStatements, runsUntold } from './executed-texts.ts'
import { namedIn } from './scan-names.ts'
import { type Assignment, assignment, declaration, type TemporaryFunction, temporaryFunction } from './script-steps.ts'
import {
  type JudgeInput,
  type Parsers,
  type StatementVerdict,
  statementVerdict,
  unreadBody,
} from './statement-verdict.ts'
import { wordHazards } from './word-hazards.ts'

/**
 * The verdicts of several statements, one after the other. In GoogleSQL what only gives values to variables is judged as a query
 * for that value, by both parsers like any other, and whatever a later step does with the variable's name it does with all
 * that the values come from. A function of the text's own, whose body reads nothing, computes from its arguments.
 */
export function scriptVerdicts(
  parsers: Parsers,
  input: JudgeInput,
  statements: readonly GateStatement[],
): readonly StatementVerdict[] {
  const script = new Script(parsers, input)
  const verdicts = statements.map((statement, at) =>
    input.dialect === 'snowflake'
      ? snowflakeVerdict(parsers, input, statement, at === statements.length - 1)
      : script.step(statement),
  )
  const at = statements.findIndex(({ written }) => runsUntold(written))
  return verdicts.map((verdict, index) => (index === at ? withExecuted(verdict, input, statements) : verdict))
}

/** Where a variable is run as a text, that may be any string of the script. */
function withExecuted(
  verdict: StatementVerdict,
  { dialect, context }: JudgeInput,
  statements: readonly GateStatement[],
): StatementVerdict {
  const names = new Names(dialect, context)
  const executed = executedStatements(
    statements.map(({ written }) => written),
    dialect,
  )
  const { reads, writes } = namedIn(executed, names)
  const stores = writes.map(table => ({ column: `${table}.*`, sources: [`${table}.*`] }))
  return {
    ...verdict,
    hazards: [...new Set([...verdict.hazards, ...executed.flatMap(words => wordHazards(words, names))])],
    reads: [...new Set([...verdict.reads, ...reads])],
    writes: [...new Set([...verdict.writes, ...writes])],
    stores: [...verdict.stores, ...stores],
  }
}

/** USE, ALTER SESSION, and schemas and databases that come and go change which tables the names after them mean. */
function snowflakeVerdict(
  parsers: Parsers,
  input: JudgeInput,
  statement: GateStatement,
  isLast: boolean,
): StatementVerdict {
  const verdict = statementVerdict(parsers, input, statement)
  const [verb, ...more] = statement.written
  const isContainer = more.slice(0, 4).some(token => isWord(token, 'SCHEMA', 'DATABASE'))
  const changes =
    verdict.kind === 'use' ||
    (verdict.kind === 'session' && isWord(verb, 'ALTER')) ||
    (isContainer && isWord(verb, 'CREATE', 'DROP', 'UNDROP', 'ALTER'))
  return changes && !isLast ? { ...verdict, cause: 'What the names after it mean is not followed.' } : verdict
}

class Script {
  readonly #parsers: Parsers
  readonly #input: JudgeInput
  readonly #variables = new Map<string, Flow>()
  readonly #functions = new Set<string>()
  /** A declaration after anything else is none of a script, but of a block or of nothing. */
  #declaring = true

  constructor(parsers: Parsers, input: JudgeInput) {
    this.#parsers = parsers
    this.#input = input
  }

  step(statement: GateStatement): StatementVerdict {
    const { written } = statement
    const declared = this.#declaring ? declaration(written) : undefined
    this.#declaring = declared !== undefined
    if (declared) return this.#declare(statement, declared)
    if (isWord(written[0], 'SET')) return this.#set(statement, assignment(written))
    const created = temporaryFunction(written)
    const verdict = this.#judge(statement)
    return created && verdict.cause === unreadBody ? this.#define(verdict, created) : verdict
  }

  #declare(statement: GateStatement, { names, query }: Assignment): StatementVerdict {
    const verdict = this.#assign(statement, { names, query })
    return this.#areNames(names)
      ? verdict
      : { ...verdict, cause: 'It declares a variable whose name means something else.' }
  }

  #set(statement: GateStatement, assigned: Assignment | undefined): StatementVerdict {
    if (assigned?.names.every(name => this.#variables.has(name))) return this.#assign(statement, assigned)
    return { ...this.#judge(statement), cause: 'It sets what is no variable that the text declares.' }
  }

  #assign(statement: GateStatement, { names, query }: Assignment): StatementVerdict {
    const value = this.#judgeQuery(query)
    const flow = value?.result ? computed(wholeRow(value.result)) : unknownFlow
    for (const name of names) this.#variables.set(name, joinFlows([this.#variables.get(name) ?? emptyFlow, flow]))
    if (!value) return { ...this.#judge(statement), cause: 'The value of a variable is not read.' }
    const { kind, hazards } = leadingReading(statement.tokens, this.#input.dialect)
    const untold = flow.traced ? undefined : 'It gives a variable a value that comes from a column that cannot be told.'
    return {
      ...value,
      kind,
      cause: value.cause ?? untold,
      hazards: [...new Set([...hazards, ...value.hazards])],
      // Whatever comes after may hang on it.
      filters: [...new Set([...value.filters, ...flow.sources, ...flow.indirect])],
      outputs: null,
      result: undefined,
    }
  }

  #define(verdict: StatementVerdict, { name, parameters, query }: TemporaryFunction): StatementVerdict {
    const variables = new Map(parameters.map(parameter => [parameter, emptyFlow]))
    const body = this.#judgeQuery(query, { variables, functions: this.#functions })
    const computes = body?.cause === undefined && body?.outputs && body.reads.length === 0 && body.hazards.length === 0
    if (!computes) return verdict
    this.#functions.add(name)
    return { ...verdict, cause: undefined, reads: [], stores: [] }
  }

  /** Not `current_date`, and no other word that is read as something else where it stands by itself. */
  #areNames(names: readonly string[]): boolean {
    const variables = new Map(names.map(name => [name, columnFlow(name)]))
    const row = this.#judgeQuery(`SELECT ${names.join(', ')}`, { ...nothingDeclared, variables })?.result
    return names.every((name, at) => row?.columns[at]?.flow.sources.has(name))
  }

  #judge(statement: GateStatement, declared = this.#declared()): StatementVerdict {
    return statementVerdict(this.#parsers, { ...this.#input, declared }, statement)
  }

  #judgeQuery(sql: string, declared = this.#declared()): StatementVerdict | undefined {
    const passage = gate(sql, this.#input.dialect)
    const [query, more] = passage.passed ? passage.statements : []
    return query === undefined || more !== undefined ? undefined : this.#judge(query, declared)
  }

  #declared(): Declared {
    return { variables: this.#variables, functions: this.#functions }
  }
}
