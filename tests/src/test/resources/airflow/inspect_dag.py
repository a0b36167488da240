"""Imports a folder of DAG files as Airflow does, and runs an operator with a stand-in for spark-submit.

usage: inspect_dag.py FOLDER RESULT, with a spark-submit first on PATH that writes $STAND_IN_RESULT, if there is one, to
where --result says and ends with $STAND_IN_EXIT. Writes one JSON document to RESULT: Airflow logs to standard output.
"""

import copy
import json
import os
import signal
import sys
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace

from airflow.dag_processing.dagbag import DagBag
from airflow.exceptions import AirflowException
from airflow.models.dagrun import DagRun
from airflow.sdk.execution_time.context import VariableAccessor
from airflow.serialization.serialized_objects import DagSerialization

DUE = datetime(2013, 12, 25, 8, 0, tzinfo=timezone.utc)
LATER = datetime(2014, 1, 3, 17, 0, tzinfo=timezone.utc)
# What a driver left, what spark-submit ended with
OUTCOMES = {
    "done": (0, 0),
    "done, then killed": (0, -signal.SIGKILL),
    "killed": (None, -signal.SIGKILL),
    "driver gone, submit content": (None, 0),
    "never started": (None, 1),
    "retry later": (30, 30),
    "retry later, submit content": (30, 0),
    "busy": (50, 50),
    "refused": (10, 10),
    "configuration": (20, 20),
    "configuration, submit content": (20, 0),
    "internal": (40, 40),
}


def result(code):
    """As Penstock writes it."""
    if code is None:
        return ""
    if code == 0:
        scored = {"stage": "score", "subject": "late", "unit": "2013-12-25", "decision": "run", "reason": ""}
        other = scored | {"subject": "other", "unit": "2013-12-24"}
        return json.dumps({"exit": 0, "retryable": False, "run": "r1", "steps": [scored, other], "messages": []})
    return json.dumps({
        "exit": code, "retryable": code in (30, 50), "code": "PEN-X-001", "what": "It broke", "where": "here", "remedy": "Mend it"})


def context(dag_id, task_id, *, identity="try", interval=DUE, run_after=LATER, unit=None, events=None):
    ti = SimpleNamespace(
        id=identity, try_number=1, dag_id=dag_id, task_id=task_id, run_id="run", stats_tags={}, task=None)
    return {
        "ti": ti,
        "run_id": "run",
        "dag_run": SimpleNamespace(data_interval_end=interval, run_after=run_after),
        "params": {"unit": unit, "from": "2013-01-01", "to": "2013-12-24"},
        "triggering_asset_events": events or {},
        "var": {"value": VariableAccessor(deserialize_json=False)},
        "outlet_events": defaultdict(SimpleNamespace),
    }


def rendered(task, **facts):
    """A copy of the task, as a try of it would be."""
    task = copy.copy(task)
    task.conf, task.application_args = dict(task.conf), list(task.application_args)
    what = context(task.dag_id, task.task_id, **facts)
    what["ti"].task = task
    task.render_template_fields(what)
    return task, what


def attempt(task, left, ends, identity):
    """What Airflow sees of a driver: the failure's class and text, and the assets' events."""
    task, what = rendered(task, identity=identity)
    os.environ["STAND_IN_EXIT"], os.environ["STAND_IN_RESULT"] = str(int(ends)), result(left)
    try:
        task.execute(what)
    except AirflowException as failure:
        return {"raised": type(failure).__name__, "text": str(failure)}
    return {"raised": None, "events": {asset.name: event.extra for asset, event in what["outlet_events"].items()}}


def told(task):
    """What a webhook gets of a failure."""
    posts = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self):
            posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Webhook)
    Thread(target=server.handle_request).start()
    os.environ["AIRFLOW_VAR_PENSTOCK_WEBHOOK"] = f"http://127.0.0.1:{server.server_port}/"
    task, what = rendered(task, identity="configuration")
    task.on_failure_callback[0](what)
    server.server_close()
    return posts


def units_of(task):
    """The units of runs of every kind."""
    return {
        "scheduled": rendered(task)[0].units,
        "manual": rendered(task, interval=None)[0].units,
        "manual with a unit": rendered(task, interval=None, unit="2013-12-26")[0].units,
        "manual with an interval and a unit": rendered(task, unit="2013-12-26")[0].units,
    }


def monitored(task):
    def events(*units):
        return {"scores": [SimpleNamespace(extra=extra) for extra in units]}

    def ranges(**facts):
        what = context("flight_delay_monitor", "units", interval=None, **facts)
        return task.python_callable(
            params=what["params"], dag_run=what["dag_run"], triggering_asset_events=what["triggering_asset_events"])

    days = [{"units": [f"2013-12-{day}"]} for day in (25, 26, 28)]
    return {
        "one event": ranges(events=events(days[0])),
        "three events": ranges(events=events(*reversed(days))),
        "nothing scored": ranges(events=events({"units": []})),
        "by hand": ranges(),
        "by hand with a unit": ranges(unit="2013-12-26"),
    }


def scheduled(dag):
    """What the scheduler works on: the DAG as it comes back from the database."""
    return DagSerialization.from_dict(DagSerialization.to_dict(dag))


def every_run(dag):
    """The ends of the data intervals of all runs the scheduler makes."""
    dag, info, ends = scheduled(dag), None, []
    while info := dag.next_dagrun_info(last_automated_run_info=info):
        ends.append(info.data_interval.end.isoformat())
    return ends


def tasks_of_a_run_by_hand(dag, logical_date):
    """The tasks that Airflow gives to it: its own filter, without a database."""
    tasks = []
    DagRun.verify_integrity(
        SimpleNamespace(
            dag_id=dag.dag_id,
            run_type="manual",
            logical_date=logical_date,
            get_dag=lambda: scheduled(dag),
            _check_for_removed_or_restored_tasks=lambda *of, session: set(),
            _get_task_creator=lambda *of: None,
            _create_tasks=lambda some, creator, session: tasks.extend(task.task_id for task in some),
            _create_task_instances=lambda *of, session: None,
        ),
        session=SimpleNamespace(),
        dag_version_id=None,
    )
    return tasks


def task_facts(task):
    facts = {
        "downstream": sorted(task.downstream_task_ids),
        "doc": bool(task.doc_md),
        "outlets": [asset.name for asset in task.outlets],
    }
    if hasattr(task, "application_args"):
        task = rendered(task)[0]
        facts |= {
            "operators": [base.__name__ for base in type(task).__mro__],
            "application": task.application,
            "arguments": task.application_args,
            "units": task.units,
            "result": task.result,
            "packages": task.packages,
            "retries": task.retries,
            "retry_seconds": task.retry_delay.total_seconds(),
        }
    return facts


def dag_facts(dag):
    return {
        "timetable": type(dag.timetable).__name__,
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "doc": bool(dag.doc_md),
        "params": sorted(dag.params),
        "order": [task.task_id for task in dag.topological_sort()],
        "tasks": {task.task_id: task_facts(task) for task in dag.tasks},
    }


def main(folder, answer):
    bag = DagBag(dag_folder=folder)
    facts = {
        "errors": {str(file): error for file, error in bag.import_errors.items()},
        "dags": {name: dag_facts(dag) for name, dag in bag.dags.items()},
    }
    if not bag.import_errors:
        score = bag.dags["flight_delay"].get_task("score")
        facts["runs"] = every_run(bag.dags["flight_delay"])
        facts["by hand"] = {
            when: tasks_of_a_run_by_hand(bag.dags["flight_delay"], date)
            for when, date in {"no logical date": None, "after the last unit": LATER}.items()
        }
        facts["units"] = units_of(score)
        facts["monitored"] = monitored(bag.dags["flight_delay_monitor"].get_task("units"))
        facts["outcomes"] = {name: attempt(score, left, ends, name) for name, (left, ends) in OUTCOMES.items()}
        facts["told"] = told(score)
    with open(answer, "w", encoding="utf-8") as out:
        json.dump(facts, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
