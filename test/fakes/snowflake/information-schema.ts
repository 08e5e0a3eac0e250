/** DuckDB's type names on the left; what Snowflake calls a column of the kind on the right. */
const dataType = `CASE
  WHEN regexp_matches(data_type, '^(BIGINT|INTEGER|SMALLINT|TINYINT|HUGEINT|DECIMAL)') THEN 'NUMBER'
  WHEN data_type IN ('DOUBLE', 'FLOAT') THEN 'FLOAT'
  WHEN data_type = 'VARCHAR' THEN 'TEXT'
  WHEN data_type = 'TIMESTAMP WITH TIME ZONE' THEN 'TIMESTAMP_LTZ'
  WHEN starts_with(data_type, 'TIMESTAMP') THEN 'TIMESTAMP_NTZ'
  WHEN data_type = 'BLOB' THEN 'BINARY'
  WHEN data_type = 'JSON' THEN 'VARIANT'
  WHEN ends_with(data_type, ']') THEN 'ARRAY'
  WHEN starts_with(data_type, 'STRUCT') OR starts_with(data_type, 'MAP') THEN 'OBJECT'
  ELSE data_type END`

const width = `CASE WHEN data_type = 'VARCHAR' THEN 20 WHEN data_type = 'DATE' THEN 4 WHEN data_type = 'BOOLEAN' THEN 1 ELSE 8 END`

/** The comment that stands for SECURE, which DuckDB does not have: such a view's definition is its owner's secret. */
export const secureMark = '$SECURE'

/** The information schema of DEMO, limited like Snowflake's to what the session's role can see; `schema` is where its views go. */
export function informationSchemaViews(schema: string): readonly string[] {
  const seen = (name: string) =>
    `database_name = 'DEMO' AND NOT starts_with(schema_name, '$')
     AND regexp_matches(database_name || '.' || schema_name || '.' || ${name}, getvariable('visible'))`
  return [
    `CREATE SCHEMA ${schema}`,
    `CREATE VIEW ${schema}."$SIZES" AS
      SELECT database_name || '.' || schema_name || '.' || table_name AS FULL_NAME, estimated_size AS ROW_COUNT,
        estimated_size * (
          SELECT sum(${width}) FROM duckdb_columns() c
          WHERE (c.database_name, c.schema_name, c.table_name) = (t.database_name, t.schema_name, t.table_name)
        ) AS BYTES
      FROM duckdb_tables() t`,
    `CREATE VIEW ${schema}."TABLES" AS
      SELECT database_name AS TABLE_CATALOG, schema_name AS TABLE_SCHEMA, table_name AS TABLE_NAME, 'SYSADMIN' AS TABLE_OWNER,
        'BASE TABLE' AS TABLE_TYPE, s.ROW_COUNT::BIGINT AS ROW_COUNT, s.BYTES::BIGINT AS BYTES, 1 AS RETENTION_TIME, comment AS COMMENT
      FROM duckdb_tables() t JOIN ${schema}."$SIZES" s ON s.FULL_NAME = t.database_name || '.' || t.schema_name || '.' || t.table_name
      WHERE ${seen('table_name')}
      UNION ALL
      SELECT database_name, schema_name, view_name, 'SYSADMIN', 'VIEW', NULL, NULL, NULL, comment
      FROM duckdb_views() WHERE ${seen('view_name')}`,
    `CREATE VIEW ${schema}."VIEWS" AS
      SELECT database_name AS TABLE_CATALOG, schema_name AS TABLE_SCHEMA, view_name AS TABLE_NAME,
        CASE WHEN comment IS DISTINCT FROM '${secureMark}' THEN sql END AS VIEW_DEFINITION,
        CASE WHEN comment = '${secureMark}' THEN 'YES' ELSE 'NO' END AS IS_SECURE
      FROM duckdb_views() WHERE ${seen('view_name')}`,
    `CREATE VIEW ${schema}."COLUMNS" AS
      SELECT database_name AS TABLE_CATALOG, schema_name AS TABLE_SCHEMA, table_name AS TABLE_NAME, column_name AS COLUMN_NAME,
        column_index AS ORDINAL_POSITION, column_default AS COLUMN_DEFAULT, CASE WHEN is_nullable THEN 'YES' ELSE 'NO' END AS IS_NULLABLE,
        ${dataType} AS DATA_TYPE,
        CASE WHEN data_type = 'VARCHAR' THEN 16777216 END AS CHARACTER_MAXIMUM_LENGTH,
        CASE WHEN starts_with(data_type, 'DECIMAL') THEN numeric_precision WHEN ${dataType} = 'NUMBER' THEN 38 END AS NUMERIC_PRECISION,
        CASE WHEN starts_with(data_type, 'DECIMAL') THEN numeric_scale WHEN ${dataType} = 'NUMBER' THEN 0 END AS NUMERIC_SCALE,
        comment AS COMMENT, 'NO' AS IS_IDENTITY, NULL::VARCHAR AS IDENTITY_START, NULL::VARCHAR AS IDENTITY_INCREMENT,
        NULL::VARCHAR AS IDENTITY_GENERATION, NULL::VARCHAR AS IDENTITY_CYCLE, NULL::VARCHAR AS IDENTITY_ORDERED,
        NULL::VARCHAR AS DATA_TYPE_ALIAS
      FROM duckdb_columns() WHERE ${seen('table_name')}`,
    // Set by whoever governs the data: a tag of a column, by the full quoted name of its table.
    `CREATE TABLE ${schema}."$TAGS" (object VARCHAR, column_name VARCHAR, tag_name VARCHAR, tag_value VARCHAR)`,
    `CREATE MACRO ${schema}.tag_references_all_columns(object_name, object_domain) AS TABLE
      SELECT column_name AS COLUMN_NAME, tag_name AS TAG_NAME, tag_value AS TAG_VALUE FROM ${schema}."$TAGS"
      WHERE object = object_name AND lower(object_domain) = 'table'`,
    `CREATE VIEW ${schema}."SCHEMATA" AS
      SELECT database_name AS CATALOG_NAME, schema_name AS SCHEMA_NAME, 'SYSADMIN' AS SCHEMA_OWNER FROM duckdb_schemas()
      WHERE database_name = 'DEMO' AND schema_name <> 'main' AND NOT starts_with(schema_name, '$')`,
  ]
}
