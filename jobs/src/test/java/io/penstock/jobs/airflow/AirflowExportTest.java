package io.penstock.jobs.airflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.PenstockException;
import io.penstock.core.Schedule;
import io.penstock.core.config.AirflowSpec;
import io.penstock.core.config.AirflowSpec.DeployMode;
import io.penstock.core.config.AirflowSpec.Granularity;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.Penstock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
        String file = render(FLIGHT_DELAY.withAirflow(new AirflowSpec(
                "spark_night",
                DeployMode.CLIENT,
                Granularity.STAGE,
                Optional.of("night"),
                5,
                Duration.ofSeconds(90),
                Optional.of(Duration.ofHours(2)),
                Optional.empty(),
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
        AirflowSpec airflow = ConfigLoader.load(
                        HOME.resolve("conf"),
                        "flight-delay",
                        "local",
                        Map.of("airflow.deploy-mode", "cluster"),
                        Map.of())
                .airflow();

        assertThat(render(FLIGHT_DELAY.withAirflow(airflow)))
                .contains("deploy_mode=\"cluster\",")
                .contains("\"spark.standalone.submit.waitAppCompletion\": \"true\",")
                .contains("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", "-XX:-DontCompileHugeMethods");
        assertThat(render(FLIGHT_DELAY)).contains("deploy_mode=\"client\",").doesNotContain("--add-opens");
    }

    @Test
    void theScheduleEndsWithTheListOfItsCutsAndNoTaskEnds() {
        assertThat(render(FLIGHT_DELAY))
                .contains("FIRST_CUT = datetime(2013, 12, 25, 8, 0, tzinfo=timezone.utc)")
                .contains("CUTS = [(FIRST_CUT + timedelta(days=day)).astimezone(timezone.utc) for day in range(7)]")
                .contains("schedule=EventsTimetable(CUTS, description=\"0 8 * * * UTC, 2013-12-25 to 2013-12-31\"),")
                .doesNotContain("end_date=");
        assertThat(render(at(LocalTime.of(5, 30), "America/New_York", 1)))
                .contains("from zoneinfo import ZoneInfo\n\n")
                .contains("FIRST_CUT = datetime(2013, 12, 25, 5, 30, tzinfo=ZoneInfo(\"America/New_York\"))");
    }

    @Test
    void aWeeklyScheduleIsACronLineOfItsDays() {
        String dag = render(open(Schedule.weekly(
                List.of(DayOfWeek.SUNDAY, DayOfWeek.THURSDAY), LocalTime.of(5, 30), ZoneId.of("Europe/Paris"))));

        assertThat(dag)
                .contains("schedule=CronDataIntervalTimetable(\"30 5 * * 0,4\", timezone=\"Europe/Paris\")")
                // The first unit on or after the first that is scored, Wednesday 25; the cut before it is Sunday 22.
                .contains("# The first run is due at the cut of 2013-12-26, the first unit.")
                .contains("start_date=datetime(2013, 12, 22, 4, 30, tzinfo=timezone.utc)");
    }

    @Test
    void aMonthlyScheduleIsACronLineOfTheFirst() {
        assertThat(render(open(Schedule.monthly(LocalTime.of(8, 0), ZoneId.of("UTC")))))
                .contains("schedule=CronDataIntervalTimetable(\"0 8 1 * *\", timezone=\"UTC\")")
                .contains("start_date=datetime(2013, 12, 1, 8, 0, tzinfo=timezone.utc)");
    }

    @Test
    void unitsOfHoursAreACronLineOfTheirCuts() {
        Schedule schedule = Schedule.hourly(6, LocalTime.of(8, 30));

        assertThat(render(open(schedule)))
                .contains("schedule=CronDataIntervalTimetable(\"30 2,8,14,20 * * *\", timezone=\"UTC\")")
                .contains("start_date=datetime(2013, 12, 24, 20, 30, tzinfo=timezone.utc)")
                .contains("pattern=r\"^\\d{4}-");
        assertThat(render(open(Schedule.hourly(1, LocalTime.MIDNIGHT)))).contains("\"0 * * * *\"");
        assertThat(AirflowExport.render(open(schedule), Variant.MONITOR))
                .contains("from datetime import datetime, timedelta")
                .contains("for cut in sorted({datetime.strptime(unit, \"%Y-%m-%dT%H:%MZ\") for event in events")
                .contains("cut == found[-1][1] + timedelta(hours=6)")
                .contains("[f\"--from={first:%Y-%m-%dT%H:%MZ}\", f\"--to={last:%Y-%m-%dT%H:%MZ}\"]");
        assertThat(render(copy(FLIGHT_DELAY.owner(), FLIGHT_DELAY.description(), schedule)))
                .as("from the first unit of the first day to the last one of the last")
                .contains("FIRST_CUT = datetime(2013, 12, 25, 2, 30, tzinfo=timezone.utc)")
                .contains("CUTS = [FIRST_CUT + timedelta(hours=hour) for hour in range(0, 168, 6)]")
                .contains("# It ends with 2013-12-31T20:30Z.");
    }

    @Test
    void aScheduleOfSomeDaysEndsWithTheListOfItsCuts() {
        Schedule schedule =
                Schedule.weekly(List.of(DayOfWeek.THURSDAY, DayOfWeek.MONDAY), LocalTime.of(8, 0), ZoneId.of("UTC"));

        assertThat(render(copy(FLIGHT_DELAY.owner(), FLIGHT_DELAY.description(), schedule)))
                .contains("FIRST_CUT = datetime(2013, 12, 26, 8, 0, tzinfo=timezone.utc)")
                .contains("for day in [0, 4]]");
    }

    @Test
    void aLastUnitBeforeTheFirstIsRefused() {
        assertThatThrownBy(() -> render(flightDelay("airflow.until", "2013-12-24")))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-AIR-006")
                .hasMessageContaining("2013-12-24, is before the first, 2013-12-25");
    }

    @Test
    void theFirstUnitThatIsScheduledIsTheOneItIsConfiguredTo() {
        assertThat(render(flightDelay("airflow.from", "2013-12-28")))
                .contains("start_date=datetime(2013, 12, 27, 8, 0, tzinfo=timezone.utc)")
                .contains("for day in range(4)]");
    }

    @Test
    void aPipelineWithoutAModelIsDoneUpToWhatItHas(@TempDir Path conf) throws IOException {
        PipelineConfig ingests = small(conf, "airflow.from = \"2026-03-01\"");
        PipelineConfig computes = small(
                conf,
                "airflow.from = \"2026-03-01\"\n"
                        + "features.totals { from = orders, entity = [id], aggregate.n { count = \"*\", over = [1d] } }");

        assertThat(render(ingests))
                .containsOnlyOnce(" = PenstockOperator(")
                .contains("stages=\"ingest\",")
                .contains("schedule=CronDataIntervalTimetable(\"0 8 * * *\", timezone=\"UTC\")")
                .contains("start_date=datetime(2026, 2, 28, 8, 0, tzinfo=timezone.utc)")
                .endsWith("    ingest\n");
        assertThat(render(computes)).contains("    ingest >> features\n").doesNotContain("train");
        assertThat(render(computes.withAirflow(computes.airflow().withGranularity(Granularity.UNIT))))
                .contains("stages=\"ingest,features\",");
        assertThat(AirflowExport.render(computes, Variant.BACKFILL)).contains("stages=\"ingest,features\",");
        assertThat(Variant.of(computes)).containsExactly(Variant.DAILY, Variant.BACKFILL);
        assertThatThrownBy(() -> AirflowExport.render(computes, Variant.MONITOR))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-AIR-005");
    }

    @Test
    void theDagOfAnotherPipelineIsNotOverwritten(@TempDir Path conf) throws IOException {
        Path out = conf.resolve("dags");
        String text = """
                schedule { every = 1d, cut = "08:00", zone = UTC }
                sources.orders { path = "o/landed={landed}/*", mode = append, event-time = landed, columns { id {} } }
                airflow.from = "2026-03-01"
                """;
        Files.writeString(conf.resolve("shop.conf"), "pipeline = shop\n" + text);
        Files.writeString(conf.resolve("shop-backfill.conf"), "pipeline = shop-backfill\n" + text);
        assertThat(export(conf, "shop", out)).isZero();
        String before = Files.readString(out.resolve("shop_backfill.py"));

        assertThat(export(conf, "shop-backfill", out)).isEqualTo(20);

        assertThat(out.resolve("shop_backfill.py")).hasContent(before);
        assertThat(export(conf, "shop", out)).isZero();
    }

    private static int export(Path conf, String pipeline, Path out) {
        return Penstock.run("airflow", "export", pipeline, "--conf-dir", conf.toString(), "--out", out.toString());
    }

    @Test
    void withoutAModelAndAFirstUnitTheMessageNamesTheKey(@TempDir Path conf) throws IOException {
        PipelineConfig ingests = small(conf, "");

        assertThatThrownBy(() -> render(ingests))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-AIR-002")
                .extracting(e -> ((PenstockException) e).remedy())
                .asString()
                .contains("Set airflow.from to the first unit");
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
        assertThat(render(FLIGHT_DELAY.withAirflow(AirflowSpec.DEFAULT)))
                .contains("schedule=CronDataIntervalTimetable(\"0 8 * * *\", timezone=\"UTC\")")
                .contains("start_date=datetime(2013, 12, 24, 8, 0, tzinfo=timezone.utc)");
    }

    @Test
    void cutAndZoneOfTheScheduleAreKept() {
        PipelineConfig endless = at(LocalTime.of(5, 30), "America/New_York", 1).withAirflow(AirflowSpec.DEFAULT);

        assertThat(render(endless))
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

    private static PipelineConfig flightDelay(String key, String value) {
        return ConfigLoader.load(HOME.resolve("conf"), "flight-delay", "local", Map.of(key, value), Map.of());
    }

    /** As {@code penstock init} begins one. */
    private static PipelineConfig small(Path conf, String more) throws IOException {
        Files.createDirectories(conf.resolve("env"));
        Files.writeString(conf.resolve("env/local.conf"), "");
        Files.writeString(conf.resolve("small.conf"), """
                pipeline = small
                schedule { every = 1d, cut = "08:00", zone = UTC }
                sources.orders {
                  path = "orders/landed={landed}/*.csv"
                  event-time = landed
                  columns.id { required = true }
                }
                %s
                """.formatted(more));
        return ConfigLoader.load(conf, "small", "local", Map.of(), Map.of());
    }

    /** One that goes on. */
    private static PipelineConfig open(Schedule schedule) {
        PipelineConfig ends = copy(FLIGHT_DELAY.owner(), FLIGHT_DELAY.description(), schedule);
        return ends.withAirflow(AirflowSpec.DEFAULT);
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
