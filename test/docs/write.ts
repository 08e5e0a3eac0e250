import { readFileSync, writeFileSync } from 'node:fs'
import { configSchemaJson, policySchemaJson } from '#src/config/reference.ts'
import { withGenerated } from './generated.ts'

// `npm run docs`: writes what is generated from the schemas. `docs.test.ts` fails where this was forgotten.
writeFileSync('README.md', withGenerated(readFileSync('README.md', 'utf8')))
writeFileSync('manifests/querywarden.schema.json', configSchemaJson())
writeFileSync('manifests/policy.schema.json', policySchemaJson())
