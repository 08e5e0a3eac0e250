"""One scenario as JSON on standard input, what came of each of its steps as JSON on standard output."""

import datetime
import decimal
import io
import json
import os
import sys
import tempfile

import google.auth
from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery
from google.oauth2.credentials import Credentials


def refusal(error):
    reasons = [each.get("reason") for each in getattr(error, "errors", []) if isinstance(each, dict)]
    code = getattr(error, "code", None)
    return {"code": int(code) if code else 0, "reason": (reasons or [None])[0], "message": str(error)}


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat(timespec="seconds")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.hex().upper() if isinstance(value, (bytes, bytearray)) else value


def parameter(name, kind, value):
    if isinstance(value, list):
        return bigquery.ArrayQueryParameter(name, kind, value)
    return bigquery.ScalarQueryParameter(name, kind, value)


def configuration(step):
    named = [parameter(*each) for each in step.get("parameters", [])]
    config = bigquery.QueryJobConfig(query_parameters=named, dry_run=step.get("dryRun", False))
    if step.get("into"):
        config.destination = step["into"]
    if step.get("session") == "open":
        config.create_session = True
    elif opened:
        config.connection_properties = [bigquery.ConnectionProperty("session_id", opened[-1])]
    return config


opened = []


def ask(client, step):
    if step.get("insert"):
        return {"rows": [{"errors": client.insert_rows_json(step["insert"], [{"id": 1}])}]}
    if step.get("load"):
        csv = bigquery.LoadJobConfig(source_format="CSV")
        return {"rows": list(client.load_table_from_file(io.BytesIO(b"1\n"), step["load"], job_config=csv).result())}
    if step.get("move"):
        return {"rows": [{"kind": moved(client, **step["move"])}]}
    if step.get("tables"):
        return {"rows": [{"name": each.table_id, "type": each.table_type} for each in client.list_tables(step["tables"])]}
    if step.get("list"):
        return listed(client, step)
    config = configuration(step)
    how = step.get("how", "query")
    if how == "query_and_wait":
        rows = client.query_and_wait(step["sql"], job_config=config, page_size=step.get("pageSize"))
        return {"rows": [{name: plain(value) for name, value in row.items()} for row in rows]}
    if how == "pandas_gbq":
        import pandas_gbq

        frame = pandas_gbq.read_gbq(step["sql"], project_id=client.project, bigquery_client=client, progress_bar_type=None)
        return {"rows": json.loads(frame.to_json(orient="records"))}
    job = client.query(step["sql"], job_config=config)
    if step.get("dryRun"):
        return {"rows": [], "count": job.total_bytes_processed}
    if step.get("cancel"):
        job.cancel()
    if how == "to_dataframe":
        return {"rows": json.loads(job.to_dataframe().to_json(orient="records"))}
    rows = job.result(page_size=step.get("pageSize"))
    if step.get("session") == "open":
        opened.append(job.session_info.session_id)
    shown = [{name: plain(value) for name, value in row.items()} for row in rows]
    return {"rows": shown, "count": job.num_dml_affected_rows}


def listed(client, step):
    rows = client.list_rows(step["list"], page_size=step.get("pageSize"))
    if step.get("how") == "to_dataframe":
        frame = rows.to_dataframe(create_bqstorage_client=False)
        return {"rows": json.loads(frame.to_json(orient="records"))}
    return {"rows": [{name: plain(value) for name, value in row.items()} for row in rows]}


def moved(client, kind, **ends):
    if kind == "copy":
        job = client.copy_table(ends["from"], ends["to"])
    elif kind == "extract":
        job = client.extract_table(ends["from"], ends["to"])
    else:
        detect = bigquery.LoadJobConfig(autodetect=True)
        job = client.load_table_from_uri(ends["from"], ends["to"], job_config=detect)
    job.result()
    return client.get_job(job.job_id).job_type


def credentials(login):
    if sys.argv[1:] != ["file"]:
        return Credentials(token=login["token"])
    folder = tempfile.mkdtemp()
    token, file = os.path.join(folder, "token"), os.path.join(folder, "credential.json")
    with open(token, "w") as written:
        written.write(login["token"])
    with open(file, "w") as written:
        json.dump(external_account(login["url"], token), written)
    return google.auth.load_credentials_from_file(file)[0]


def external_account(url, token):
    return {
        "type": "external_account",
        "audience": "//querywarden/agents",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{url}/sts/v1/token",
        "credential_source": {"file": token, "format": {"type": "text"}},
        "universe_domain": "googleapis.com",
    }


def answer(scenario):
    login = scenario["login"]
    options = {"api_endpoint": login["url"]}
    client = bigquery.Client(project=login["project"], credentials=credentials(login), client_options=options)
    answers = []
    for step in scenario["steps"]:
        try:
            answers.append(ask(client, step))
        except (GoogleAPICallError, GoogleAuthError) as error:
            answers.append(refusal(error))
    return answers


json.dump(answer(json.load(sys.stdin)), sys.stdout)
