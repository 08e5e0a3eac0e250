import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TimeZone;
import java.util.concurrent.CompletableFuture;
import net.snowflake.client.api.resultset.SnowflakeResultSet;
import net.snowflake.client.api.statement.SnowflakeStatement;

/** One scenario as a line of JSON on standard input, what came of each of its steps as JSON on standard output. */
public final class Client {
  record Login(
      String host, int port, String account, String user, String token, String database, Integer timeoutSeconds) {}

  record Step(String sql, List<Object> binds, List<List<Object>> many, boolean detached, boolean cancelled) {}

  record Input(Login login, List<Step> steps, List<Step> beside) {}

  private static final Gson json = new GsonBuilder().serializeNulls().serializeSpecialFloatingPointValues().create();
  private static final BufferedReader in =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

  public static void main(String[] arguments) throws Exception {
    TimeZone.setDefault(TimeZone.getTimeZone(ZoneOffset.UTC));
    Input input = json.fromJson(in.readLine(), Input.class);
    var beside = CompletableFuture.supplyAsync(
        () -> input.beside() == null ? List.<Map<String, Object>>of() : play(input.login(), input.beside()));
    List<Map<String, Object>> answers = new ArrayList<>(play(input.login(), input.steps()));
    answers.addAll(beside.get());
    System.out.write(json.toJson(answers).getBytes(StandardCharsets.UTF_8));
    System.out.flush();
    System.exit(0);
  }

  private static List<Map<String, Object>> play(Login login, List<Step> steps) {
    List<Map<String, Object>> answers = new ArrayList<>();
    try (Connection connection = connect(login)) {
      for (Step step : steps) {
        Object last = answers.isEmpty() ? null : answers.get(answers.size() - 1).get("id");
        try {
          answers.add(ask(connection, step, step.sql().replace("{last}", String.valueOf(last))));
        } catch (SQLException error) {
          answers.add(refusal(error));
        }
      }
    } catch (SQLException error) {
      answers.add(refusal(error));
    }
    return answers;
  }

  private static Connection connect(Login login) throws SQLException {
    Properties properties = new Properties();
    properties.put("account", login.account());
    properties.put("user", login.user());
    properties.put("authenticator", "oauth");
    properties.put("token", login.token());
    properties.put("ssl", "off");
    if (login.database() != null) properties.put("db", login.database());
    if (login.timeoutSeconds() != null)
      properties.put("HTTP_CLIENT_SOCKET_TIMEOUT", login.timeoutSeconds() * 1000);
    return DriverManager.getConnection("jdbc:snowflake://" + login.host() + ":" + login.port() + "/", properties);
  }

  private static Map<String, Object> ask(Connection connection, Step step, String sql) throws SQLException {
    if (step.many() != null) return many(connection, step);
    if (step.binds() != null) {
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        bind(statement, step.binds());
        return found(statement, statement.execute());
      }
    }
    try (Statement statement = connection.createStatement()) {
      if (step.cancelled()) CompletableFuture.runAsync(() -> cancel(statement));
      if (!step.detached()) return found(statement, statement.execute(sql));
      return rows(statement.unwrap(SnowflakeStatement.class).executeAsyncQuery(sql));
    }
  }

  private static Map<String, Object> many(Connection connection, Step step) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(step.sql())) {
      for (List<Object> values : step.many()) {
        bind(statement, values);
        statement.addBatch();
      }
      return counted(Arrays.stream(statement.executeBatch()).sum());
    }
  }

  private static void bind(PreparedStatement statement, List<Object> values) throws SQLException {
    for (int at = 0; at < values.size(); at++) {
      Object value = values.get(at);
      if (value instanceof Double number && number % 1 == 0) statement.setLong(at + 1, number.longValue());
      else statement.setObject(at + 1, value);
    }
  }

  /** Waits until whoever plays the scenario says so by ending standard input. */
  private static void cancel(Statement statement) {
    try {
      while (in.readLine() != null) {}
      statement.cancel();
    } catch (Exception error) {
      throw new IllegalStateException(error);
    }
  }

  private static Map<String, Object> found(Statement statement, boolean hasRows) throws SQLException {
    return hasRows ? rows(statement.getResultSet()) : counted(statement.getUpdateCount());
  }

  /** A count, as the row that other drivers make of it. */
  private static Map<String, Object> counted(int count) {
    return Map.of("rows", List.of(Map.of("count", count)), "count", count);
  }

  private static Map<String, Object> rows(ResultSet result) throws SQLException {
    ResultSetMetaData columns = result.getMetaData();
    List<Map<String, Object>> rows = new ArrayList<>();
    while (result.next()) {
      Map<String, Object> row = new LinkedHashMap<>();
      for (int at = 1; at <= columns.getColumnCount(); at++)
        row.put(columns.getColumnLabel(at), plain(result, at, columns.getColumnTypeName(at)));
      rows.add(row);
    }
    return Map.of("rows", rows, "count", rows.size(), "id", result.unwrap(SnowflakeResultSet.class).getQueryID());
  }

  private static Object plain(ResultSet result, int at, String type) throws SQLException {
    if (result.getObject(at) == null) return null;
    if (type.startsWith("TIMESTAMP"))
      return DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss")
          .format(result.getTimestamp(at).toInstant().atOffset(ZoneOffset.UTC));
    return switch (type) {
      case "DATE" -> result.getDate(at).toString();
      case "TIME" -> result.getTime(at).toString();
      case "BINARY" -> HexFormat.of().withUpperCase().formatHex(result.getBytes(at));
      default -> result.getObject(at);
    };
  }

  private static Map<String, Object> refusal(SQLException error) {
    Map<String, Object> refusal = new LinkedHashMap<>();
    refusal.put("code", error.getErrorCode());
    refusal.put("sqlState", error.getSQLState());
    refusal.put("message", error.getMessage());
    return refusal;
  }
}
