package io.penstock.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class ProvenanceTest {
    @Test
    void theParentThatOpenLineageNamesIsRecordedAndNothingWhereThereIsNone() {
        Properties settings = new Properties();
        settings.setProperty("spark.openlineage.parentJobNamespace", "airflow");
        settings.setProperty("spark.openlineage.parentJobName", "flight_delay.score");
        settings.setProperty("spark.openlineage.parentRunId", "0190-1");
        settings.setProperty("spark.openlineage.rootParentRunId", "");
        settings.setProperty("spark.openlineage.transport.auth.apiKey", "hidden");

        assertThat(Provenance.parent(settings))
                .isEqualTo(Map.of(
                        "parent_job_namespace", "airflow",
                        "parent_job_name", "flight_delay.score",
                        "parent_run_id", "0190-1"));
        assertThat(Provenance.parent(new Properties())).isEmpty();
    }
}
