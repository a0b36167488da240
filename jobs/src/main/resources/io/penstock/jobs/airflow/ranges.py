@task(task_id="units", doc_md="Which units to judge: those of the events that started the run, in ranges without gaps.")
def ranges(params=None, dag_run=None, triggering_asset_events=None) -> list[list[str]]:
    if params["unit"]:
        return [[f"--unit={params['unit']}"]]
    events = [event for of_one_table in triggering_asset_events.values() for event in of_one_table]
    if not events:
        return [[f"--due-at={dag_run.run_after.isoformat()}"]]
    found = []
    for @CUT@ in sorted({@PARSED@ for event in events for unit in (event.extra or {}).get("units", [])}):
        if found and @CUT@ == found[-1][1] + @STEP@:
            found[-1][1] = @CUT@
        else:
            found.append([@CUT@, @CUT@])
    return [[f"--from={first@FORMAT@}", f"--to={last@FORMAT@}"] for first, last in found]


