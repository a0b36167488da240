"""Imports a folder of DAG files as Airflow does, and runs the DAG's operator with a stand-in for spark-submit.

usage: inspect_dag.py FOLDER DAG_ID RESULT, with a spark-submit first on PATH that ends with $STAND_IN_EXIT.
Writes one JSON document to RESULT: Airflow logs to standard output.
"""

import json
import os
import signal
import sys
from datetime import datetime, timedelta, timezone

from airflow.dag_processing.dagbag import DagBag
from airflow.exceptions import AirflowException
from airflow.sdk.execution_time.context import VariableAccessor
from airflow.serialization.serialized_objects import DagSerialization

DUE = datetime(2013, 12, 25, 8, 0, tzinfo=timezone.utc)
EXIT_CODES = (0, 1, 2, 10, 20, 30, 40, 50, -signal.SIGKILL)


def attempt(task, context, code):
    """What Airflow sees of a driver that ends with `code`: the failure's class, or None."""
    os.environ["STAND_IN_EXIT"] = str(code)
    try:
        task.execute(context)
    except AirflowException as failure:
        return type(failure).__name__
    return None


def first_runs(dag):
    """The data intervals the scheduler makes of the first two days; it works on the serialized DAG, so this does."""
    scheduled = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    infos = scheduled.iter_dagrun_infos_between(None, dag.start_date + timedelta(days=1))
    return [[info.data_interval.start.isoformat(), info.data_interval.end.isoformat()] for info in infos]


def task_facts(task, context):
    task.render_template_fields(context)
    return {
        "downstream": sorted(task.downstream_task_ids),
        "operators": [base.__name__ for base in type(task).__mro__],
        "application": task.application,
        "arguments": task.application_args,
        "retries": task.retries,
        "retry_seconds": task.retry_delay.total_seconds(),
    }


def dag_facts(dag):
    context = {"data_interval_end": DUE, "var": {"value": VariableAccessor(deserialize_json=False)}}
    return {
        "timetable": type(dag.timetable).__name__,
        "first_runs": first_runs(dag),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "order": [task.task_id for task in dag.topological_sort()],
        "tasks": {task.task_id: task_facts(task, context) for task in dag.tasks},
        "failures": {str(int(code)): attempt(dag.tasks[0], context, code) for code in EXIT_CODES},
    }


def main(folder, dag_id, result):
    bag = DagBag(dag_folder=folder)
    facts = {"errors": {str(file): error for file, error in bag.import_errors.items()}, "dags": sorted(bag.dags)}
    if dag_id in bag.dags:
        facts |= dag_facts(bag.dags[dag_id])
    with open(result, "w", encoding="utf-8") as out:
        json.dump(facts, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
