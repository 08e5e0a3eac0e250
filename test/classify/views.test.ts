import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Catalog, CatalogObject } from '#src/classify/catalog.ts'
import { createClassifier } from '#src/classify/classify.ts'
import type { Dialect } from '#src/statement.ts'

const classifier = createClassifier()
after(() => classifier.close())

const text = (...names: readonly string[]) => Object.fromEntries(names.map(name => [name, 'TEXT']))
const view = (definition: string, ...columns: readonly string[]): CatalogObject => ({
  kind: 'view',
  columns: text(...columns),
  definition,
})
const people: CatalogObject = { kind: 'table', columns: text('ID', 'EMAIL', 'CITY') }

const catalogOf = (objects: Readonly<Record<string, CatalogObject>>): Catalog => ({
  objects: async names => new Map(names.flatMap(name => (objects[name] ? [[name, objects[name]] as const] : []))),
})

async function ask(sql: string, objects: Readonly<Record<string, CatalogObject>>, dialect: Dialect = 'snowflake') {
  const context = dialect === 'snowflake' ? { database: 'D', schema: 'OTHER' } : { database: 'p', schema: 'other' }
  return classifier.classify(sql, dialect, context, catalogOf(objects))
}

const sourcesOf = ({ outputs }: Awaited<ReturnType<typeof ask>>) =>
  outputs?.map(({ name, sources }) => [name, ...[...sources].sort()].join(' '))

test('lineage goes through views over views, and names in a definition resolve where the view is', async () => {
  const answer = await ask('select * from d.s.top_view', {
    'D.S.PEOPLE': people,
    'D.S.INNER_VIEW': view(
      'create or replace view inner_view as select id, email as handle from people',
      'ID',
      'HANDLE',
    ),
    'D.S.TOP_VIEW': view(
      `create view TOP_VIEW ("KEY", "H" comment 'as it is') comment = 'x' as (select id, upper(handle) from inner_view)`,
      'KEY',
      'H',
    ),
  })
  assert.equal(answer.harmless, true, String(answer.hazards))
  assert.deepEqual(answer.reads, ['D.S.TOP_VIEW', 'D.S.INNER_VIEW', 'D.S.PEOPLE'])
  assert.deepEqual(sourcesOf(answer), [
    'KEY D.S.INNER_VIEW.ID D.S.PEOPLE.ID D.S.TOP_VIEW.KEY',
    'H D.S.INNER_VIEW.HANDLE D.S.PEOPLE.EMAIL D.S.TOP_VIEW.H',
  ])
  assert.deepEqual(
    answer.outputs?.map(({ copied }) => copied),
    [true, undefined],
  )
  assert.deepEqual(Object.keys(answer.schema ?? {}).sort(), ['D.S.INNER_VIEW', 'D.S.PEOPLE', 'D.S.TOP_VIEW'])
  assert.match(answer.summary, /from view D\.S\.TOP_VIEW \(over D\.S\.INNER_VIEW, D\.S\.PEOPLE\)/)
})

test('where columns of a view stand that USING joins by, only the catalog tells, by their names', async () => {
  const query = 'select * from (select email, id from people) p join (select id from people) q using (id)'
  for (const order of [
    ['ID', 'EMAIL'],
    ['EMAIL', 'ID'],
  ]) {
    const objects = { 'D.S.PEOPLE': people, 'D.S.V': view(`create view v as ${query}`, ...order) }
    assert.deepEqual(sourcesOf(await ask('select id from d.s.v', objects)), ['ID D.S.PEOPLE.ID D.S.V.ID'])
  }
  const renamed = { 'D.S.PEOPLE': people, 'D.S.V': view(`create view v (a, b) as ${query}`, 'A', 'B') }
  assert.deepEqual((await ask('select a from d.s.v', renamed)).hazards, ['view'])
})

test('a BigQuery view resolves in its own project', async () => {
  const answer = await ask(
    'select handle from `lake.shop.v` where handle is not null',
    {
      'lake.shop.people': { kind: 'table', columns: { id: 'INT64', email: 'STRING' } },
      'lake.shop.v': view('select id, email as handle from shop.people', 'id', 'handle'),
    },
    'bigquery',
  )
  assert.equal(answer.harmless, true, String(answer.hazards))
  assert.deepEqual(sourcesOf(answer), ['handle lake.shop.people.email lake.shop.v.handle'])
  assert.ok(answer.filters.includes('lake.shop.people.email'))
})

test('what a definition filters by and does is what the statement filters by and does', async () => {
  const filtering = await ask('select id from d.s.v', {
    'D.S.PEOPLE': people,
    'D.S.V': view("select id from people where email like 'c%'", 'ID'),
  })
  assert.deepEqual(filtering.filters, ['D.S.PEOPLE.EMAIL'])
  const calling = await ask('select id from d.s.v', {
    'D.S.PEOPLE': people,
    'D.S.V': view('select send_away(email) as id from people', 'ID'),
  })
  assert.equal(calling.harmless, false)
  assert.ok(calling.hazards.includes('unknown_function'))
})

test('what a function makes in a definition may come from any table, and its other columns from where they come', async () => {
  const objects = {
    'D.S.PEOPLE': people,
    'D.S.V': view('select id, find(id) as found from people', 'ID', 'FOUND'),
    'D.S.W': view('select id, t.x as y from people, table(somebodys(1)) t', 'ID', 'Y'),
  }
  assert.equal((await ask('select found from d.s.v', objects)).outputs, null)
  assert.equal((await ask('select y from d.s.w', objects)).outputs, null)
  const plain = await ask('select id from d.s.v', objects)
  assert.deepEqual(sourcesOf(plain), ['ID D.S.PEOPLE.ID D.S.V.ID'])
  assert.deepEqual([plain.harmless, plain.hazards], [false, ['unknown_function']])
  const { stores = [] } = await ask('create table d.s.n as select id, found from d.s.v', objects)
  const from = stores.map(({ column, sources }) => `${column} ${sources.includes('*.*.*.*')}`)
  assert.deepEqual(from, ['D.S.N.ID false', 'D.S.N.FOUND true'])
})

test('a view with a number for the name of a column hides what that is made of from nobody', async () => {
  const objects = {
    'D.S.PEOPLE': people,
    'D.S.YEARS': view(
      `create view years as select * from people pivot (max(email) for city in ('2023', '2024')) as p (id, "2023", "2024")`,
      'ID',
      '2023',
      '2024',
    ),
  }
  for (const sql of ['select "2023" from d.s.years', 'select x from (select v."2024" as x from d.s.years v)']) {
    const answer = await ask(sql, objects)
    assert.ok(answer.outputs?.[0]?.sources.includes('D.S.PEOPLE.EMAIL'), sql)
  }
  const stored = await ask('create table d.s.n as select * from d.s.years', objects)
  assert.ok(stored.stores?.some(({ sources }) => sources.includes('D.S.PEOPLE.EMAIL')))
})

const opaque: Readonly<Record<string, CatalogObject>> = {
  'that shows no definition': { kind: 'view', columns: text('ID') },
  'over itself': view('select id from v', 'ID'),
  'over what is not known': view('select * from elsewhere', 'ID'),
  'over what is not known, and of columns that are not': view('select * from elsewhere'),
  'that has other columns than its definition gives': view('select id, email from people', 'ID'),
  'that has them in another order': view('select email, id from people', 'ID', 'EMAIL'),
  'whose definition is no query': view('delete from people', 'ID'),
  'whose definition is two statements': view('select id from people; select id from people', 'ID'),
  'whose definition can be read in two ways': view("select id, '\\x' from people", 'ID'),
  'that is an external table': { kind: 'other', columns: text('ID') },
}
for (const [what, object] of Object.entries(opaque)) {
  test(`a view ${what} is not seen through`, async () => {
    for (const sql of ['select id from d.s.v', 'insert into d.s.people select id from d.s.v']) {
      const answer = await ask(sql, { 'D.S.PEOPLE': people, 'D.S.V': object })
      assert.ok(answer.hazards.includes('view'), sql)
      assert.equal(answer.harmless, false)
    }
  })
}

test('a view in a schema whose name holds a dot is not seen through: where the names in it resolve is not told', async () => {
  const answer = await ask('select id from d."S.X".v', { 'D."S.X".V': view('select id from people', 'ID') })
  assert.ok(answer.hazards.includes('view'))
  assert.equal(answer.harmless, false)
})

test('views that go too deep are not seen through', async () => {
  const tower = (height: number) => ({
    'D.S.V0': people,
    ...Object.fromEntries(
      Array.from({ length: height }, (_, at) => [
        `D.S.V${at + 1}`,
        view(`select id, email, city from v${at}`, 'ID', 'EMAIL', 'CITY'),
      ]),
    ),
  })
  assert.equal((await ask('select city from d.s.v8', tower(8))).harmless, true)
  const high = await ask('select city from d.s.v30', tower(30))
  assert.ok(high.hazards.includes('view'))
})
