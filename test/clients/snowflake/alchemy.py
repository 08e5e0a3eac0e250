"""One scenario as a line of JSON on standard input, what came of each of its steps as JSON on standard output."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from python import plain
from snowflake.sqlalchemy import URL
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError


def refusal(error):
    return {"code": error.orig.errno, "sqlState": error.orig.sqlstate, "message": str(error.orig.msg)}


def named(sql, values):
    """Values stand under names here, where other clients count question marks."""
    for at in range(len(values)):
        sql = sql.replace("?", f":value{at}", 1)
    return text(sql), {f"value{at}": value for at, value in enumerate(values)}


def reflected(connection, table):
    """What models and migrations are made from."""
    found = inspect(connection)
    columns = [{"name": each["name"], "type": str(each["type"])} for each in found.get_columns(table)]
    keys = found.get_pk_constraint(table)["constrained_columns"]
    foreign = [each["referred_table"] for each in found.get_foreign_keys(table)]
    several = {"unique": found.get_unique_constraints(table), "views": found.get_view_names()}
    seen = {"table": table in found.get_table_names() and found.has_table(table), "keys": keys, "foreign": foreign}
    whole = [each["name"] for each in found.get_multi_columns(filter_names=[table]).popitem()[1]]
    return {"rows": [*columns, {**seen, **several, "whole": whole, "schemas": found.get_schema_names()}]}


def ask(connection, step):
    if step.get("reflect"):
        return reflected(connection, step["reflect"])
    if step.get("detached") or step.get("cancelled"):
        return {"untried": "SQLAlchemy waits for every statement"}
    if step.get("many"):
        statement = named(step["sql"], step["many"][0])[0]
        return counted(connection.execute(statement, [named(step["sql"], values)[1] for values in step["many"]]))
    statement, values = named(step["sql"].replace("{last}", step["last"]), step.get("binds", []))
    result = connection.execute(statement, values)
    names, query_id = [column[0] for column in result.cursor.description], result.cursor.sfqid
    rows = [dict(zip(names, map(plain, row))) for row in result]
    return {"rows": rows, "count": len(rows), "id": query_id}


def counted(result):
    return {"rows": [{"count": result.rowcount}], "count": result.rowcount}


def play(login, steps):
    given = {name: login[name] for name in ("account", "user", "database") if name in login}
    arguments = {name: login[name] for name in ("host", "port", "token")}
    if "timeoutSeconds" in login:
        arguments["socket_timeout"] = login["timeoutSeconds"]
    # Without it SQLAlchemy begins a transaction, and nothing stays without a commit.
    engine = create_engine(
        URL(**given),
        isolation_level="AUTOCOMMIT",
        connect_args={"protocol": "http", "authenticator": "oauth", **arguments},
    )
    answers = []
    try:
        with engine.connect() as connection:
            for step in steps:
                try:
                    answers.append(ask(connection, {**step, "last": answers[-1].get("id", "") if answers else ""}))
                except DBAPIError as error:
                    answers.append(refusal(error))
    except DBAPIError as error:
        answers.append(refusal(error))
    engine.dispose()
    return answers


if __name__ == "__main__":
    scenario = json.loads(sys.stdin.readline())
    with ThreadPoolExecutor() as threads:
        played = [threads.submit(play, scenario["login"], scenario[part]) for part in ("steps", "beside") if part in scenario]
    json.dump([answer for one in played for answer in one.result()], sys.stdout)
