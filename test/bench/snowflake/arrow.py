"""One result, read to its end in Arrow: the task as JSON on standard input, how long it took on standard output."""

import json
import sys
import time
import urllib.parse

import snowflake.connector

task = json.load(sys.stdin)
place = urllib.parse.urlparse(task["gateway"])
connection = snowflake.connector.connect(
    protocol="http",
    host=place.hostname,
    port=place.port,
    account="shop",
    user="release-bot",
    authenticator="oauth",
    token=task["token"],
)
cursor = connection.cursor()
since = time.monotonic()
cursor.execute(task["sql"])
rows, first = 0, 0
for table in cursor.fetch_arrow_batches():
    first = first or time.monotonic() - since
    rows += table.num_rows
json.dump({"rows": rows, "firstRow": first, "whole": time.monotonic() - since}, sys.stdout)
