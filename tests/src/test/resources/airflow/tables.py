"""What Airflow's own database says, as one JSON document on standard output.

usage: tables.py DATABASE, an SQLite file.
"""

import json
import sqlite3
import sys

RUNS = "SELECT dag_id, run_id, run_type, state, conf, logical_date, data_interval_end FROM dag_run ORDER BY id"
# A try that is over moves to the history when the next one is due
COLUMNS = "dag_id, run_id, task_id, map_index, try_number, state, "
TRIES = f"""
    SELECT {COLUMNS} id, 0 AS past, max_tries FROM task_instance
    UNION ALL
    SELECT {COLUMNS} task_instance_id AS id, 1 AS past, max_tries FROM task_instance_history
    ORDER BY dag_id, run_id, task_id, map_index, try_number"""
RENDERED = "SELECT dag_id, run_id, task_id, map_index, rendered_fields FROM rendered_task_instance_fields"
EVENTS = "SELECT a.name, e.extra, e.source_run_id FROM asset_event e JOIN asset a ON a.id = e.asset_id ORDER BY e.id"
WAITING = "SELECT target_dag_id AS dag_id FROM asset_dag_run_queue"


def main(database):
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    connection.row_factory = sqlite3.Row

    def rows(query):
        return [dict(row) for row in connection.execute(query)]

    tables = {
        "runs": rows(RUNS),
        "tries": rows(TRIES),
        "rendered": rows(RENDERED),
        "events": rows(EVENTS),
        "waiting": rows(WAITING),
    }
    for row in tables["rendered"]:
        row["rendered_fields"] = json.loads(row["rendered_fields"])
    for row in tables["events"]:
        row["extra"] = json.loads(row["extra"])
    json.dump(tables, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
