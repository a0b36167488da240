"""Statements, then one query per output, over Parquet files; says what it took, DuckDB's import left out."""

import json
import resource
import sys
import time
from pathlib import Path

import duckdb

with open(sys.argv[1]) as asked:
    request = json.load(asked)


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


used, began = cpu(), time.perf_counter()
connection = duckdb.connect(config={"threads": 2})
connection.execute("SET TimeZone = 'UTC'")
for name, files in request["tables"].items():
    connection.read_parquet(files, hive_partitioning=True).create_view(name)
for statement in request["statements"]:
    connection.execute(statement)
for name, query in request["outputs"].items():
    folder = Path(request["to"]) / name
    folder.mkdir(parents=True, exist_ok=True)
    connection.execute(f"COPY ({query}) TO '{folder}/part.parquet' (FORMAT parquet)")
print(json.dumps({"cpu": cpu() - used, "wall": time.perf_counter() - began}))
