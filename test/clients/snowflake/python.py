"""One scenario as a line of JSON on standard input, what came of each of its steps as JSON on standard output."""

import datetime
import decimal
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import snowflake.connector


def refusal(error):
    return {"code": error.errno, "sqlState": error.sqlstate, "message": str(error.msg)}


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat(timespec="seconds")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    return value.hex().upper() if isinstance(value, (bytes, bytearray)) else value


def run_detached(connection, cursor, step):
    cursor.execute_async(step["sql"])
    if step.get("cancelled"):
        sys.stdin.read()
        cursor.abort_query(cursor.sfqid)
    while connection.is_still_running(connection.get_query_status(cursor.sfqid)):
        time.sleep(0.2)
    cursor.get_results_from_sfqid(cursor.sfqid)


def ask(connection, step):
    if step.get("columns"):
        return columns(connection, step)
    cursor = connection.cursor(snowflake.connector.DictCursor)
    if step.get("many"):
        cursor.executemany(step["sql"], step["many"])
        return {"rows": [{"count": cursor.rowcount}], "count": cursor.rowcount}
    if step.get("detached") or step.get("cancelled"):
        run_detached(connection, cursor, step)
    else:
        cursor.execute(step["sql"].replace("{last}", step["last"]), step.get("binds"))
    rows = [{name: plain(value) for name, value in row.items()} for row in cursor.fetchall()]
    return {"rows": rows, "count": cursor.rowcount, "id": cursor.sfqid}


def columns(connection, step):
    """The result as a data frame, row by row: by the driver itself, or by Snowpark."""
    if step["columns"] == "snowpark":
        from snowflake.snowpark import Session

        frame = Session.builder.configs({"connection": connection}).create().sql(step["sql"]).to_pandas()
    else:
        frame = connection.cursor().execute(step["sql"]).fetch_pandas_all()
    whole = frame.astype(object).where(frame.notna(), None)
    return {"rows": [{name: plain(value) for name, value in row.items()} for row in whole.to_dict("records")]}


def play(login, steps):
    seconds = login.pop("timeoutSeconds", None)
    limits = {} if seconds is None else {"socket_timeout": seconds}
    try:
        connection = snowflake.connector.connect(protocol="http", authenticator="oauth", **limits, **login)
    except snowflake.connector.errors.Error as error:
        return [refusal(error)]
    answers = []
    for step in steps:
        try:
            answers.append(ask(connection, {**step, "last": answers[-1].get("id", "") if answers else ""}))
        except snowflake.connector.errors.Error as error:
            answers.append(refusal(error))
        except Exception as error:  # what the driver lets through as it came
            answers.append({"message": f"{type(error).__name__}: {error}"})
    connection.close()
    return answers


if __name__ == "__main__":
    snowflake.connector.paramstyle = "qmark"
    scenario = json.loads(sys.stdin.readline())
    with ThreadPoolExecutor() as threads:
        parts = [scenario[part] for part in ("steps", "beside") if part in scenario]
        played = [threads.submit(play, dict(scenario["login"]), steps) for steps in parts]
    json.dump([answer for one in played for answer in one.result()], sys.stdout)
