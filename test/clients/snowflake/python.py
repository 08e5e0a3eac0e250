"""One scenario as JSON on standard input, what came of each of its steps as JSON on standard output."""

import datetime
import decimal
import json
import sys
import time

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


def ask(connection, step):
    cursor = connection.cursor(snowflake.connector.DictCursor)
    patience = step.get("cancelAfterSeconds")
    if step.get("detached") or patience:
        cursor.execute_async(step["sql"])
        if patience:
            time.sleep(patience)
            cursor.abort_query(cursor.sfqid)
        while connection.is_still_running(connection.get_query_status(cursor.sfqid)):
            time.sleep(0.2)
        cursor.get_results_from_sfqid(cursor.sfqid)
    else:
        cursor.execute(step["sql"], step.get("binds"))
    rows = [{name: plain(value) for name, value in row.items()} for row in cursor.fetchall()]
    return {"rows": rows, "count": cursor.rowcount}


def answer(scenario):
    login = scenario["login"]
    try:
        connection = snowflake.connector.connect(protocol="http", authenticator="oauth", **login)
    except snowflake.connector.errors.Error as error:
        return [refusal(error)]
    answers = []
    for step in scenario["steps"]:
        try:
            answers.append(ask(connection, step))
        except snowflake.connector.errors.Error as error:
            answers.append(refusal(error))
    connection.close()
    return answers


snowflake.connector.paramstyle = "qmark"
json.dump(answer(json.load(sys.stdin)), sys.stdout)
