import manifest from '../package.json' with { type: 'json' }

/** What `/openapi.json` and MCP clients are told that they talk to. */
export const { version } = manifest
