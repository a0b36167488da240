with DAG(
    dag_id=@DAG@,
    description=@DESCRIPTION@,
    doc_md=__doc__,
    tags=["penstock", @PIPELINE_TEXT@],
@SCHEDULE@
    params={
@PARAMS@
    },
    default_args={
        "owner": @OWNER@,
        "retries": @RETRIES@,
        "retry_delay": @RETRY_DELAY@,
@LIMITS@        "on_failure_callback": report_failure,
    },
):
@TASKS@
