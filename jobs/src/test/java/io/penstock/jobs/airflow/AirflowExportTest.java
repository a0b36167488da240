package io.penstock.jobs.airflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.PenstockException;
import io.penstock.core.Schedule;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.PipelineConfig.Airflow;
import io.penstock.core.config.PipelineConfig.Airflow.DeployMode;
import io.penstock.core.config.PipelineConfig.Airflow.Granularity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AirflowExportTest {
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));
    private static final PipelineConfig FLIGHT_DELAY =
            ConfigLoader.load(HOME.resolve("conf"), "flight-delay", "local", Map.of(), Map.of());

    @ParameterizedTest
    @EnumSource
    void theCommittedFilesAreWhatTheConfigurationGives(Variant variant) throws IOException {
        Path committed = HOME.resolve("airflow/dags").resolve(variant.dag(FLIGHT_DELAY) + ".py");

        assertThat(AirflowExport.render(FLIGHT_DELAY, variant))
                .as("run: bin/penstock airflow export flight-delay")
                .isEqualTo(Files.readString(committed));
    }

    @Test
    void allVariantsAreAFileEach() {
        assertThat(AirflowExport.files(FLIGHT_DELAY, Variant.of(FLIGHT_DELAY)))
                .containsOnlyKeys(
                        "flight_delay.py",
                        "flight_delay_backfill.py",
                        "flight_delay_retrain.py",
                        "flight_delay_monitor.py");
    }

    @Test
    void granularityUnitIsOneTaskThatRunsEveryStageUpToTheScores() {
        String file = render(FLIGHT_DELAY.withAirflow(FLIGHT_DELAY.airflow().withGranularity(Granularity.UNIT)));

        assertThat(file)
                .containsOnlyOnce(" = PenstockOperator(")
                .contains("stages=\"ingest,features,training-set,train,promote,score\",")
                .contains("table(\"bronze/schedules\", \"ingest\"),")
                .contains("table(\"scores/late\", \"score\", \"late\"),");
    }

    @Test
    void retriesPoolAndTimeoutAreThoseOfTheConfiguration() {
        String file = render(FLIGHT_DELAY.withAirflow(new Airflow(
                "spark_night",
                DeployMode.CLIENT,
                Granularity.STAGE,
                Optional.of("night"),
                5,
                Duration.ofSeconds(90),
                Optional.of(Duration.ofHours(2)),
                Optional.empty())));

        assertThat(file)
                .contains("conn_id=\"spark_night\",")
                .contains("\"retries\": 5,")
                .contains("\"retry_delay\": timedelta(seconds=90),")
                .contains("\"pool\": \"night\",")
                .contains("\"execution_timeout\": timedelta(hours=2),")
                .doesNotContain("end_date");
    }

    @Test
    void aDriverOnTheClusterIsWaitedForAndGetsTheModulesThatSparkNeeds() {
        Airflow airflow = ConfigLoader.load(
                        HOME.resolve("conf"),
                        "flight-delay",
                        "local",
                        Map.of("airflow.deploy-mode", "cluster"),
                        Map.of())
                .airflow();

        assertThat(render(FLIGHT_DELAY.withAirflow(airflow)))
                .contains("deploy_mode=\"cluster\",")
                .contains("\"spark.standalone.submit.waitAppCompletion\": \"true\",")
                .contains("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
        assertThat(render(FLIGHT_DELAY)).contains("deploy_mode=\"client\",").doesNotContain("--add-opens");
    }

    @Test
    void theLastUnitThatIsScheduledIsTheOneItIsConfiguredTo() {
        // Airflow compares with the start of the interval, which is the cut before
        assertThat(render(FLIGHT_DELAY)).contains("end_date=datetime(2013, 12, 30, 8, 0, tzinfo=timezone.utc)");
    }

    @Test
    void withoutAUnitToTrainAtThereIsNoRetraining() {
        PipelineConfig never = ConfigLoader.load(
                HOME.resolve("conf"), "flight-delay", "local", Map.of("models.late.training.at", "[]"), Map.of());

        assertThat(Variant.of(never)).doesNotContain(Variant.RETRAIN).contains(Variant.DAILY);
        assertThatThrownBy(() -> AirflowExport.render(never, Variant.RETRAIN))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-AIR-003");
    }

    @Test
    void theFileDoesNotDependOnTheEnvironment() {
        PipelineConfig elsewhere = ConfigLoader.load(
                HOME.resolve("conf"), "flight-delay", "local", Map.of(), Map.of("PENSTOCK_WORK", "elsewhere"));

        assertThat(render(elsewhere)).isEqualTo(render(FLIGHT_DELAY));
    }

    @Test
    void theFirstIntervalEndsAtTheCutOfTheFirstScoredUnit() {
        assertThat(render(FLIGHT_DELAY))
                .contains("schedule=CronDataIntervalTimetable(\"0 8 * * *\", timezone=\"UTC\")")
                .contains("start_date=datetime(2013, 12, 24, 8, 0, tzinfo=timezone.utc)");
    }

    @Test
    void cutAndZoneOfTheScheduleAreKept() {
        String file = render(at(LocalTime.of(5, 30), "America/New_York", 1));

        assertThat(file)
                .contains("CronDataIntervalTimetable(\"30 5 * * *\", timezone=\"America/New_York\")")
                .contains("start_date=datetime(2013, 12, 24, 10, 30, tzinfo=timezone.utc)");
    }

    @Test
    void aScheduleThatNoCronLineSaysIsRefused() {
        assertThatThrownBy(() -> render(at(LocalTime.of(8, 0), "UTC", 7)))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-AIR-001")
                .hasMessageContaining("every 7 days at 08:00");
        assertThatThrownBy(() -> render(at(LocalTime.of(8, 0), "+02:00", 1)))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("zone +02:00");
    }

    @Test
    void theUsersWordsStayTextWhateverTheyHold() {
        PipelineConfig odd = described("\"\"\" + x @OWNER@ {{ y }} \\ \n", "o'\"@DESCRIPTION@");

        assertThat(render(odd))
                .contains("description=\"\\\"\\\"\\\" + x @OWNER@ {{ y }} \\\\ \\u000a\",")
                .contains("\"owner\": \"o'\\\"@DESCRIPTION@\",");
    }

    @Test
    void deltaComesInTheVersionOfTheBuild() throws IOException {
        Matcher version = Pattern.compile("<delta.version>(.+)</delta.version>")
                .matcher(Files.readString(HOME.resolve("pom.xml")));

        assertThat(version.find()).isTrue();
        assertThat(render(FLIGHT_DELAY)).contains("io.delta:delta-spark_2.12:" + version.group(1) + "'");
    }

    private static String render(PipelineConfig config) {
        return AirflowExport.render(config, Variant.DAILY);
    }

    private static PipelineConfig at(LocalTime cut, String zone, int days) {
        return copy(FLIGHT_DELAY.owner(), FLIGHT_DELAY.description(), new Schedule(days, cut, ZoneId.of(zone)));
    }

    private static PipelineConfig described(String description, String owner) {
        return copy(owner, description, FLIGHT_DELAY.schedule());
    }

    private static PipelineConfig copy(String owner, String description, Schedule schedule) {
        return new PipelineConfig(
                FLIGHT_DELAY.pipeline(),
                owner,
                description,
                schedule,
                FLIGHT_DELAY.locations(),
                FLIGHT_DELAY.sources(),
                FLIGHT_DELAY.features(),
                FLIGHT_DELAY.models(),
                FLIGHT_DELAY.airflow(),
                FLIGHT_DELAY.files());
    }
}
