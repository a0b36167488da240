# The unit the run names, else the one that is due at the end of its interval, else the latest when it was started.
UNIT = (
    "{{ '--unit=' ~ params.unit if params.unit"
    " else '--due-at=' ~ (dag_run.data_interval_end or dag_run.run_after) | ts }}"
)


