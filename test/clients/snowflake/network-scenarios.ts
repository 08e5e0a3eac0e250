import assert from 'node:assert/strict'
import { approve } from '#test/doors/reviewers.ts'
import { heldCard } from '#test/doors/snowflake/held-card.ts'
import type { Scenario } from '../client.ts'
import { numbers, rowsOf } from './answers.ts'
import { exactly } from './held-scenarios.ts'
import { held } from './held-statement.ts'

/** The network is cut at each point of a statement's way: it runs once, and its answer comes. */
export const networkScenarios: readonly Scenario[] = [
  held({
    name: 'network cut before the statement arrives',
    async meanwhile(stand, sql, board) {
      await board.lose('request')
      await approve(stand, await heldCard(stand, sql))
    },
  }),
  held({
    name: 'network cut while it waits for people',
    async meanwhile(stand, sql, board) {
      const id = await heldCard(stand, sql)
      board.cut()
      await approve(stand, id)
    },
  }),
  held({
    name: 'network cut while it runs',
    async meanwhile(stand, sql, board) {
      const gate = stand.snowflake.holdNext(exactly(sql))
      await approve(stand, await heldCard(stand, sql))
      await gate.arrived
      board.cut()
      gate.release()
    },
  }),
  held({
    name: 'network cut before the answer arrives',
    async meanwhile(stand, sql, board) {
      const id = await heldCard(stand, sql)
      const lost = board.lose('answer')
      await approve(stand, id)
      await lost
    },
  }),
  held({
    name: 'network cut in the middle of the answer: it ran once, whatever the driver says',
    ran: 1,
    check(answer) {
      assert.ok(answer?.rows ?? answer?.message, JSON.stringify(answer))
    },
    async meanwhile(stand, sql, board) {
      const id = await heldCard(stand, sql)
      const lost = board.lose('rest of the answer')
      await approve(stand, id)
      await lost
    },
  }),
  {
    name: 'connected again, at another gateway: the session goes on',
    steps: [
      { sql: 'use schema demo.shop' },
      { sql: 'select id from orders order by id limit 1' },
      { sql: 'select id from orders order by id limit 2' },
    ],
    async meanwhile(stand, board) {
      await board.requests(/^POST \/queries\/v1\/query-request/, 1)
      board.to(stand.gateways[1]?.url ?? '')
      board.cut()
    },
    check([use, one, two]) {
      assert.deepEqual(
        [use, one, two].map(answer => rowsOf(answer).length),
        [1, 1, 2],
      )
      assert.deepEqual(numbers(rowsOf(two)[1], 'ID'), [2])
    },
  },
]
