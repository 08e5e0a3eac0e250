/** First segments of what the gateway itself answers to agents, to the bot and to whoever watches it. */
export const ownPaths: readonly string[] = ['v1', 'mcp', 'internal', 'healthz', 'readyz']

/** First segments of the warehouses' own protocols, as far as their clients call them. */
export const warehousePaths: readonly string[] = [
  // Snowflake
  ...['session', 'queries', 'monitoring', 'telemetry', 'api'],
  // Google
  ...['bigquery', 'projects', 'upload', 'resumable', 'batch', 'discovery', 'sts'],
]
