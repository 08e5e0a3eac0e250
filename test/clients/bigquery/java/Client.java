import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.bigquery.ConnectionProperty;
import com.google.cloud.bigquery.CopyJobConfiguration;
import com.google.cloud.bigquery.ExtractJobConfiguration;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.FieldList;
import com.google.cloud.bigquery.FieldValue;
import com.google.cloud.bigquery.FieldValueList;
import com.google.cloud.bigquery.InsertAllRequest;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobConfiguration;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.JobStatistics;
import com.google.cloud.bigquery.LoadJobConfiguration;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.QueryParameterValue;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import com.google.cloud.bigquery.Table;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableResult;
import com.google.cloud.bigquery.WriteChannelConfiguration;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One scenario as JSON on standard input, what came of each of its steps as JSON on standard output. */
public final class Client {
  record Login(String url, String project, String token) {}

  record Step(
      String sql,
      String how,
      long pageSize,
      boolean dryRun,
      boolean cancel,
      String insert,
      String load,
      Move move,
      String list,
      String tables,
      String into,
      String session,
      List<List<Object>> parameters) {}

  record Move(String kind, String from, String to) {}

  record Scenario(Login login, List<Step> steps) {}

  record Answer(
      List<Map<String, Object>> rows, Long count, Integer code, String reason, String message) {
    static Answer of(List<Map<String, Object>> rows, Long count) {
      return new Answer(rows, count, null, null, null);
    }
  }

  /** What an earlier step opened, and later ones run in. */
  private static String session;

  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);

  static Object plain(Field field, FieldValue value) {
    if (value.isNull()) return null;
    if (value.getAttribute() == FieldValue.Attribute.REPEATED) {
      List<Object> items = new ArrayList<>();
      for (FieldValue item : value.getRepeatedValue()) items.add(plain(field, item));
      return items;
    }
    return switch (field.getType().getStandardType()) {
      case STRUCT -> row(field.getSubFields(), value.getRecordValue());
      case INT64 -> value.getLongValue();
      case FLOAT64 -> value.getDoubleValue();
      case NUMERIC -> value.getNumericValue().doubleValue();
      case BOOL -> value.getBooleanValue();
      case BYTES -> HexFormat.of().withUpperCase().formatHex(value.getBytesValue());
      case TIMESTAMP -> SECONDS.format(value.getTimestampInstant());
      default -> value.getStringValue();
    };
  }

  static Map<String, Object> row(FieldList fields, FieldValueList values) {
    Map<String, Object> row = new LinkedHashMap<>();
    for (int at = 0; at < fields.size(); at++)
      row.put(fields.get(at).getName(), plain(fields.get(at), values.get(at)));
    return row;
  }

  static List<Map<String, Object>> rows(TableResult result) {
    List<Map<String, Object>> rows = new ArrayList<>();
    if (result.getSchema() == null) return rows;
    FieldList fields = result.getSchema().getFields();
    for (FieldValueList values : result.iterateAll()) rows.add(row(fields, values));
    return rows;
  }

  static QueryParameterValue parameter(String type, Object value) {
    if (value instanceof List<?> items) {
      Long[] whole = items.stream().map(item -> ((Number) item).longValue()).toArray(Long[]::new);
      return QueryParameterValue.array(whole, StandardSQLTypeName.valueOf(type));
    }
    return QueryParameterValue.of(String.valueOf(value), StandardSQLTypeName.valueOf(type));
  }

  static QueryJobConfiguration configuration(Step step) {
    QueryJobConfiguration.Builder query =
        QueryJobConfiguration.newBuilder(step.sql()).setUseLegacySql(false).setDryRun(step.dryRun());
    if (step.parameters() != null)
      for (List<Object> named : step.parameters())
        query.addNamedParameter(
            (String) named.get(0), parameter((String) named.get(1), named.get(2)));
    if (step.pageSize() > 0) query.setMaxResults(step.pageSize());
    if (step.into() != null) query.setDestinationTable(table(step.into()));
    if ("open".equals(step.session())) query.setCreateSession(true);
    else if (session != null)
      query.setConnectionProperties(List.of(ConnectionProperty.of("session_id", session)));
    return query.build();
  }

  static TableId table(String name) {
    String[] place = name.split("\\.");
    return TableId.of(place[0], place[1], place[2]);
  }

  static JobConfiguration configuration(Move move) {
    return switch (move.kind()) {
      case "copy" -> CopyJobConfiguration.of(table(move.to()), table(move.from()));
      case "extract" -> ExtractJobConfiguration.of(table(move.from()), move.to());
      default -> LoadJobConfiguration.newBuilder(table(move.to()), move.from()).setAutodetect(true).build();
    };
  }

  static Answer ask(BigQuery client, Step step) throws InterruptedException {
    if (step.insert() != null) {
      String[] place = step.insert().split("\\.");
      TableId table = TableId.of(place[1], place[2]);
      client.insertAll(InsertAllRequest.newBuilder(table).addRow(Map.of("id", 1)).build());
      return Answer.of(List.of(), null);
    }
    if (step.load() != null) {
      String[] place = step.load().split("\\.");
      client.writer(WriteChannelConfiguration.newBuilder(TableId.of(place[1], place[2])).build());
      return Answer.of(List.of(), null);
    }
    if (step.move() != null) {
      Job job = client.create(JobInfo.of(configuration(step.move()))).waitFor();
      String kind = client.getJob(job.getJobId()).getConfiguration().getType().name();
      return Answer.of(List.of(Map.of("kind", kind.toLowerCase())), null);
    }
    if (step.tables() != null) {
      List<Map<String, Object>> tables = new ArrayList<>();
      for (Table table : client.listTables(step.tables()).iterateAll()) {
        String type = table.getDefinition().getType().toString();
        tables.add(Map.of("name", table.getTableId().getTable(), "type", type));
      }
      return Answer.of(tables, null);
    }
    if (step.list() != null) {
      Schema schema = client.getTable(table(step.list())).getDefinition().getSchema();
      return Answer.of(
          rows(
              client.listTableData(
                  table(step.list()), schema, BigQuery.TableDataListOption.pageSize(step.pageSize()))),
          null);
    }
    if ("query_and_wait".equals(step.how()))
      return Answer.of(rows(client.query(configuration(step))), null);
    Job job = client.create(JobInfo.of(configuration(step)));
    if (step.dryRun()) {
      JobStatistics.QueryStatistics read = job.getStatistics();
      return Answer.of(List.of(), read.getTotalBytesProcessed());
    }
    if (step.cancel()) job.cancel();
    List<Map<String, Object>> rows =
        rows(
            step.pageSize() > 0
                ? job.getQueryResults(BigQuery.QueryResultsOption.pageSize(step.pageSize()))
                : job.getQueryResults());
    JobStatistics.QueryStatistics ended = job.reload().getStatistics();
    if ("open".equals(step.session())) session = ended.getSessionInfo().getSessionId();
    return Answer.of(rows, ended.getNumDmlAffectedRows());
  }

  static Answer answer(BigQuery client, Step step) throws InterruptedException {
    try {
      return ask(client, step);
    } catch (BigQueryException refused) {
      return new Answer(
          null, null, refused.getCode(), refused.getReason(), refused.getMessage());
    }
  }

  static GoogleCredentials credentials(Login login, boolean file) throws IOException {
    if (!file) return GoogleCredentials.create(new AccessToken(login.token(), null));
    Path token = Files.writeString(Files.createTempFile("oidc-token", null), login.token());
    token.toFile().deleteOnExit();
    Map<String, Object> source =
        Map.of("file", token.toString(), "format", Map.of("type", "text"));
    Map<String, Object> content =
        Map.of(
            "type", "external_account",
            "audience", "//querywarden/agents",
            "subject_token_type", "urn:ietf:params:oauth:token-type:jwt",
            "token_url", login.url() + "/sts/v1/token",
            "credential_source", source,
            "universe_domain", "googleapis.com");
    return GoogleCredentials.fromStream(
        new ByteArrayInputStream(new Gson().toJson(content).getBytes()));
  }

  public static void main(String[] words) throws IOException, InterruptedException {
    Gson json = new GsonBuilder().serializeNulls().create();
    Scenario scenario = json.fromJson(new InputStreamReader(System.in), Scenario.class);
    Login login = scenario.login();
    BigQuery client =
        BigQueryOptions.newBuilder()
            .setProjectId(login.project())
            .setHost(login.url())
            .setCredentials(credentials(login, List.of(words).contains("file")))
            .build()
            .getService();
    List<Answer> answers = new ArrayList<>();
    for (Step step : scenario.steps()) answers.add(answer(client, step));
    System.out.println(json.toJson(answers));
  }
}
