import { parseArgs } from 'node:util'
import { latencyOfSmallQueries } from './small-query.ts'

// `npm run bench`: figures of one run, to be compared with each other and not with another run's.
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '400' } } })
await latencyOfSmallQueries(Number(values.rounds))
