"""fakesnow's server with the tables of a folder, and with what Snowflake has and fakesnow has not: a master token at login; EXPLAIN USING
JSON, here with the tables of DuckDB's own plan; and timestamps that are null. Usage: fakesnow_server.py PORT FOLDER"""

import asyncio
import gzip
import json
import re
import sys
import uuid
from pathlib import Path

import pyarrow as pa
import uvicorn
from fakesnow import arrow
from fakesnow.dialect import parse_one
from fakesnow.server import login_request, query_request, routes, shared_fs, to_conn, to_token
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

# Its statements of one session take each other's answers.
one_by_one = asyncio.Lock()
timestamps = arrow.timestamp_to_sf_struct
EXPLAIN = re.compile(r"explain\s+using\s+json\s+", re.IGNORECASE)


async def log_in(request):
    body = json.loads((await login_request(request)).body)
    body["data"]["masterToken"] = f"master-{body['data']['token']}"
    return JSONResponse(body)


async def query(request):
    body = await request.body()
    asked = json.loads(gzip.decompress(body) if request.headers.get("content-encoding") == "gzip" else body)
    explained = EXPLAIN.match(asked["sqlText"])
    async with one_by_one:
        if not explained:
            return await query_request(request)
        binds = sorted((asked.get("bindings") or {}).items(), key=lambda item: int(item[0]))
        values = [bind["value"] for _, bind in binds]
        return explain(to_conn(to_token(request)), asked["sqlText"][explained.end() :], values)


def explain(connection, sql, binds):
    cursor = connection.cursor()
    try:
        planned = cursor._transform(parse_one(sql), binds).sql(dialect="duckdb")
        [[_, plan]] = cursor._duck_conn.execute(f"EXPLAIN (FORMAT JSON) {planned}", binds or None).fetchall()
    except Exception as error:
        return JSONResponse({"success": False, "code": "000002", "message": f"no plan: {error}", "data": {}})
    operations = [{"operation": "TableScan", "objects": [table]} for table in scanned(json.loads(plan))]
    data = {
        "rowtype": [{"name": "content", "type": "text", "nullable": False, "length": 16777216}],
        "rowset": [[json.dumps({"GlobalStats": {"bytesAssigned": 1024}, "Operations": [operations]})]],
        "queryResultFormat": "json",
        "total": 1,
        "queryId": str(uuid.uuid4()),
        "statementTypeId": 4096,
    }
    return JSONResponse({"success": True, "data": data})


def scanned(plan):
    for operator in plan:
        if table := operator.get("extra_info", {}).get("Table"):
            yield table.upper()
        yield from scanned(operator.get("children", []))


def timestamps_and_nulls(values):
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    parts = timestamps(values)
    return pa.StructArray.from_arrays(parts.flatten(), fields=list(parts.type), mask=values.is_null())


def load(folder):
    connection = shared_fs.connect("DEMO", "SHOP").cursor()._duck_conn
    for file in Path(folder).glob("*.json"):
        types, *rows = file.read_text().splitlines()
        columns = ", ".join(f'"{name}" {type}' for name, type in json.loads(types).items())
        connection.execute(f"CREATE TABLE DEMO.SHOP.{file.stem} ({columns})")
        file.write_text("\n".join(rows))
        texts = {name: "VARCHAR" for name in json.loads(types)}
        connection.execute(f"INSERT INTO DEMO.SHOP.{file.stem} FROM read_json('{file}', columns={texts}, format='nd')")


arrow.timestamp_to_sf_struct = timestamps_and_nulls
port, folder = sys.argv[1:]
load(folder)
ours = [
    Route("/session/v1/login-request", log_in, methods=["POST"]),
    Route("/queries/v1/query-request", query, methods=["POST"]),
]
uvicorn.run(Starlette(routes=[*ours, *routes]), port=int(port), access_log=False)
