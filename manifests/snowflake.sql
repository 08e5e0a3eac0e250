-- What Querywarden needs in a Snowflake account. Run once, as a role that may create users, roles and integrations.
-- Replace what stands in <…>. Names must agree with querywarden.yaml and policy.yaml.

-- Roles. The gateway mints a credential for exactly one of them; none of them inherits from another.
CREATE ROLE IF NOT EXISTS AGENT_READER;        -- what agents may read
CREATE ROLE IF NOT EXISTS AGENT_WRITER;        -- what agents may write once a person approved it
CREATE ROLE IF NOT EXISTS QUERYWARDEN_READER;  -- estimates and column look-ups; never an agent's statement

CREATE WAREHOUSE IF NOT EXISTS AGENTS
  WAREHOUSE_SIZE = XSMALL
  AUTO_SUSPEND = 60
  INITIALLY_SUSPENDED = TRUE
  STATEMENT_TIMEOUT_IN_SECONDS = 600;          -- nothing runs longer, whatever the policy allows
GRANT USAGE ON WAREHOUSE AGENTS TO ROLE AGENT_READER;
GRANT USAGE ON WAREHOUSE AGENTS TO ROLE AGENT_WRITER;
GRANT USAGE ON WAREHOUSE AGENTS TO ROLE QUERYWARDEN_READER;

-- Reading. QUERYWARDEN_READER needs SELECT because EXPLAIN does; REFERENCES alone is not enough.
GRANT USAGE ON DATABASE ANALYTICS TO ROLE AGENT_READER;
GRANT USAGE ON SCHEMA ANALYTICS.MARTS TO ROLE AGENT_READER;
GRANT SELECT ON ALL TABLES IN SCHEMA ANALYTICS.MARTS TO ROLE AGENT_READER;
GRANT SELECT ON FUTURE TABLES IN SCHEMA ANALYTICS.MARTS TO ROLE AGENT_READER;
GRANT USAGE ON DATABASE ANALYTICS TO ROLE QUERYWARDEN_READER;
GRANT USAGE ON SCHEMA ANALYTICS.MARTS TO ROLE QUERYWARDEN_READER;
GRANT SELECT ON ALL TABLES IN SCHEMA ANALYTICS.MARTS TO ROLE QUERYWARDEN_READER;
GRANT SELECT ON FUTURE TABLES IN SCHEMA ANALYTICS.MARTS TO ROLE QUERYWARDEN_READER;

-- Writing. Name the tables; a grant on all tables makes one wrong approval as wide as the schema.
GRANT USAGE ON DATABASE ANALYTICS TO ROLE AGENT_WRITER;
GRANT USAGE ON SCHEMA ANALYTICS.MARTS TO ROLE AGENT_WRITER;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE ANALYTICS.MARTS.<TABLE> TO ROLE AGENT_WRITER;

-- What only Snowflake can close, and what these grants are for. Keep it so when tables are added:
--   Views, functions and procedures run with their owner's rights and read what these roles may not. Grant views whose
--   definition the reader may see, and no USAGE on a function or procedure.
--   These roles have no CREATE on any schema and no USAGE on an integration: no code, task, stage, share, external function
--   or copy of theirs can exist, even if somebody approved its statement. A scratch schema for them would have to be masked
--   as a whole.
--   Everybody has the role PUBLIC too. By default it may call Snowflake's language models, which can be told anything:
--     REVOKE DATABASE ROLE SNOWFLAKE.CORTEX_USER FROM ROLE PUBLIC;              -- for the whole account
--   Masking and row access policies on the tables hold even where a statement was misjudged.
-- Costs: the warehouse cannot be changed by these roles (USAGE, neither OPERATE nor MODIFY), and ends with its credits.
CREATE RESOURCE MONITOR IF NOT EXISTS QUERYWARDEN_CREDITS
  WITH CREDIT_QUOTA = 100 FREQUENCY = MONTHLY START_TIMESTAMP = IMMEDIATELY
  TRIGGERS ON 100 PERCENT DO SUSPEND_IMMEDIATE;                                -- as ACCOUNTADMIN
ALTER WAREHOUSE AGENTS SET RESOURCE_MONITOR = QUERYWARDEN_CREDITS;

-- The gateway reaches Snowflake from these addresses only, and nobody else may use its user.
CREATE NETWORK POLICY IF NOT EXISTS QUERYWARDEN_EGRESS ALLOWED_IP_LIST = ('<gateway address>/32');

-- A service user has no password and cannot sign in through a browser. Without default secondary roles a session has the
-- one role of its token and no other.
CREATE USER IF NOT EXISTS AGENT_GATEWAY
  TYPE = SERVICE
  LOGIN_NAME = 'AGENT_GATEWAY'
  DEFAULT_ROLE = AGENT_READER
  DEFAULT_WAREHOUSE = AGENTS
  DEFAULT_SECONDARY_ROLES = ()
  NETWORK_POLICY = QUERYWARDEN_EGRESS;
ALTER USER AGENT_GATEWAY SET DEFAULT_SECONDARY_ROLES = ();   -- where the user was there before
GRANT ROLE AGENT_READER TO USER AGENT_GATEWAY;
GRANT ROLE AGENT_WRITER TO USER AGENT_GATEWAY;
GRANT ROLE QUERYWARDEN_READER TO USER AGENT_GATEWAY;

-- mint: external-oauth (recommended). The gateway signs short-lived tokens that name one role; with ANY_ROLE_MODE disabled
-- Snowflake itself refuses USE ROLE. Public key: openssl pkey -in snowflake.pem -pubout -outform DER | base64 -w 0
CREATE SECURITY INTEGRATION IF NOT EXISTS QUERYWARDEN
  TYPE = EXTERNAL_OAUTH
  ENABLED = TRUE
  EXTERNAL_OAUTH_TYPE = CUSTOM
  EXTERNAL_OAUTH_ISSUER = 'https://querywarden.example.com'              -- gateway.url, or credentials.issuer
  EXTERNAL_OAUTH_AUDIENCE_LIST = ('https://<account>.snowflakecomputing.com')
  EXTERNAL_OAUTH_RSA_PUBLIC_KEY = '<public key>'
  EXTERNAL_OAUTH_TOKEN_USER_MAPPING_CLAIM = 'sub'
  EXTERNAL_OAUTH_SNOWFLAKE_USER_MAPPING_ATTRIBUTE = 'LOGIN_NAME'
  EXTERNAL_OAUTH_SCOPE_MAPPING_ATTRIBUTE = 'scp'
  EXTERNAL_OAUTH_ALLOWED_ROLES_LIST = ('AGENT_READER', 'AGENT_WRITER', 'QUERYWARDEN_READER')
  EXTERNAL_OAUTH_ANY_ROLE_MODE = DISABLE;
-- Where the account knows it, IS_AGENTIC = TRUE lets masking and row access policies ask IS_AGENT_ACTIVATED().

-- Other ways to sign in as this user are closed.
CREATE AUTHENTICATION POLICY IF NOT EXISTS ANALYTICS.MARTS.QUERYWARDEN_ONLY
  AUTHENTICATION_METHODS = ('OAUTH');          -- with mint: key-pair write ('KEYPAIR')
ALTER USER AGENT_GATEWAY SET AUTHENTICATION POLICY ANALYTICS.MARTS.QUERYWARDEN_ONLY;

-- Rotation: set the next key beside the first, change the gateway's key file, then move the second into the first slot.
--   ALTER SECURITY INTEGRATION QUERYWARDEN SET EXTERNAL_OAUTH_RSA_PUBLIC_KEY_2 = '<next public key>';

-- mint: key-pair, where an integration is not wanted. Any role granted to the user can then be taken; grant few.
--   ALTER USER AGENT_GATEWAY SET RSA_PUBLIC_KEY = '<public key>';

-- Stopping everything at once:
--   ALTER SECURITY INTEGRATION QUERYWARDEN SET ENABLED = FALSE;  -- no new session
--   ALTER USER AGENT_GATEWAY ABORT ALL QUERIES;                  -- what runs now
--   ALTER USER AGENT_GATEWAY SET DISABLED = TRUE;
