package io.penstock.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.core.Json;
import io.penstock.core.UnitId;
import io.penstock.core.config.AggregateSpec.Function;
import io.penstock.core.config.SourceSpec.Mode;
import io.penstock.core.config.SourceSpec.NewColumn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigLoaderTest {
    private static final Path CONF = Path.of("../conf");

    @TempDir
    Path folder;

    private static PipelineConfig flights() {
        return ConfigLoader.load(CONF, "flight-delay", "local", Map.of(), Map.of());
    }

    @Test
    void theExamplePipelineLoads() {
        PipelineConfig config = flights();

        assertThat(config.pipeline()).isEqualTo("flight-delay");
        assertThat(config.folder()).isEqualTo("flight_delay");
        assertThat(config.schedule().cut()).isEqualTo(LocalTime.of(8, 0));
        assertThat(config.locations().landing())
                .isEqualTo(Path.of(".penstock/landing").toAbsolutePath().toString());
        assertThat(config.locations().warehouse())
                .isEqualTo(Path.of(".penstock/warehouse").toAbsolutePath().toString());
        assertThat(config.sources()).containsOnlyKeys("schedules", "outcomes", "weather", "planes");
        assertThat(config.files()).contains("conf/flight-delay.conf");
    }

    @Test
    void howAirflowRunsItIsBoundAsStrictlyAsTheRest() {
        Map<String, String> wanted = Map.of(
                "airflow.pool", "night",
                "airflow.deploy-mode", "cluster",
                "airflow.granularity", "unit",
                "airflow.retries", "5",
                "airflow.retry-delay", "90s",
                "airflow.timeout", "2h",
                "airflow.from", "2013-12-26",
                "airflow.until", "2013-12-30",
                "airflow.connection", "spark_night");
        Map<String, String> mistaken = Map.of("airflow.retry-delai", "90s", "airflow.deploy-mode", "clustr");

        assertThat(ConfigLoader.load(CONF, "flight-delay", "local", wanted, Map.of())
                        .airflow())
                .isEqualTo(new AirflowSpec(
                        "spark_night",
                        AirflowSpec.DeployMode.CLUSTER,
                        AirflowSpec.Granularity.UNIT,
                        Optional.of("night"),
                        5,
                        Duration.ofSeconds(90),
                        Optional.of(Duration.ofHours(2)),
                        Optional.of(UnitId.parse("2013-12-26")),
                        Optional.of(UnitId.parse("2013-12-30"))));
        assertThat(ConfigLoader.read(CONF, "flight-delay", "local", mistaken, Map.of(), Optional.empty())
                        .problems())
                .extracting(ConfigProblem::code, ConfigProblem::nearest)
                .containsExactlyInAnyOrder(tuple("PEN-CFG-007", "cluster"), tuple("PEN-CFG-003", "retry-delay"));
    }

    @Test
    void sourcesKeepTheirColumnsInTheOrderOfTheFile() {
        SourceSpec schedules = flights().source("schedules");

        assertThat(schedules.columns().keySet())
                .containsExactly(
                        "year",
                        "month",
                        "day",
                        "hour",
                        "minute",
                        "time_hour",
                        "carrier",
                        "flight",
                        "tailnum",
                        "origin",
                        "dest",
                        "sched_dep_time",
                        "sched_arr_time",
                        "distance",
                        "scheduled_departure",
                        "scheduled_arrival");
        assertThat(schedules.columns().get("flight").between()).containsExactly(1.0, 9999.0);
        assertThat(schedules.columns().get("carrier").maxLength()).hasValue(3);
        assertThat(schedules.path()).isEqualTo("schedules/landed={landed}/*.csv");
        assertThat(schedules.derive()).containsOnlyKeys("flight_id");
        assertThat(schedules.expectations())
                .containsExactly(
                        new ExpectationSpec("completeness", "tailnum", 0.7, Double.POSITIVE_INFINITY, false),
                        new ExpectationSpec("unique", "flight_id", 1.0, Double.POSITIVE_INFINITY, false));
    }

    @Test
    void viewsAndModelsAreBoundWithTheirFragments() {
        PipelineConfig config = flights();
        ViewSpec route = config.features().get("route_delays");
        ModelSpec late = config.models().get("late");

        assertThat(route.entity()).containsExactly("origin", "dest");
        assertThat(route.aggregates().keySet()).containsExactly("flights", "late_rate");
        assertThat(route.aggregates().get("late_rate").function()).isEqualTo(Function.MEAN);
        assertThat(route.aggregates().get("late_rate").over())
                .containsExactly(Duration.ofDays(1), Duration.ofDays(7), Duration.ofDays(30));
        assertThat(config.features().get("origin_weather").maxAge()).hasValue(Duration.ofHours(6));
        assertThat(late.spine().hold()).containsEntry("PEN-SCO-001", "scheduled_departure <= as_of");
        assertThat(late.label().maturesAfter()).isEqualTo(Duration.ofDays(2));
        assertThat(late.rows().keySet()).first().isEqualTo("carrier");
        assertThat(late.training().at()).containsExactly(UnitId.parse("2013-12-25"));
        assertThat(late.training().candidates().get("schedule_only").views()).isEmpty();
        assertThat(late.training().params()).containsEntry("eta", "0.1").containsEntry("tree_method", "hist");
        assertThat(late.gate().rival()).hasValue("schedule_only");
        assertThat(late.scoring().fallback()).containsExactly("last-good", "hold");
    }

    /** What is whole was always exact and keeps its definition; a declared scale means what it meant. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            arr_delay >= 15                  |    | "scale":4}
            flight                           |    | "scale":4}
            unix_micros(arrived) - dep_time  |    | "scale":4}
            length(flight_id)                |    | "scale":4}
            arr_delay                        |  4 | "scale":4}
            arr_delay                        | 18 | "scale":18}
            arr_delay                        |    | "scale":null}
            flight / 2                       |    | "scale":null}
            flight * 0.5                     |    | "scale":null}
            """)
    void fractionsAreSummedWithAllTheirBitsUnlessAScaleIsDeclared(String sql, Integer scale, String expected) {
        String declared = scale == null ? "" : ", scale = " + scale;
        PipelineConfig config = ConfigLoader.load(
                CONF,
                "flight-delay",
                "local",
                Map.of(
                        "features.dest_delays.aggregate.usual",
                        "{ mean = \"" + sql + "\", over = [1d]" + declared + " }"),
                Map.of());

        assertThat(Json.canonical(
                        config.features().get("dest_delays").aggregates().get("usual")))
                .isEqualTo("{\"expression\":\"" + sql + "\",\"function\":\"MEAN\",\"name\":\"usual\","
                        + "\"over\":[\"PT24H\"]," + expected);
    }

    /** A unit that was done before there was such a key stays done: its recipe is compared as text. */
    @Test
    void aSourceWithoutWithdrawalsMeansWhatItMeantBeforeThereWereAny() {
        SourceSpec outcomes = flights().source("outcomes");

        assertThat(Json.canonical(outcomes.meaning())).doesNotContain("delete").contains("\"sequence\":\"landed\"");

        SourceSpec withdrawing = ConfigLoader.load(
                        CONF,
                        "flight-delay",
                        "local",
                        Map.of("sources.outcomes.delete-when", "arr_delay is null"),
                        Map.of())
                .source("outcomes");

        assertThat(Json.canonical(withdrawing.meaning())).contains("\"deleteWhen\":\"arr_delay is null\"");
        assertThat(withdrawing.deleteWhen()).hasValue("arr_delay is null");
    }

    @Test
    void whatNamesAVersionIsFoundThroughDerivedColumns() throws IOException {
        Files.writeString(folder.resolve("tiny.conf"), """
                pipeline = tiny
                sources { things {
                  path = "things/landed={landed}/*.csv"
                  mode = upsert, key = [id], sequence = "coalesce(Version, 0)", known-at = told, event-time = at
                  columns {
                    a {}, b {}, c {}, version { type = int }, at { type = timestamp }, day {}, hour {}
                  }
                  derive {
                    part = "upper(b)", id = "concat(a, part)", told = "to_timestamp(concat(day, hour))", other = "c"
                  }
                } }
                """);

        SourceSpec things =
                ConfigLoader.load(folder, "tiny", "local", Map.of(), Map.of()).source("things");

        assertThat(things.naming()).containsExactlyInAnyOrder("a", "b", "version", "day", "hour");
    }

    @Test
    void aTwinIncludesAPipelineAndOverridesWhatDiffers() {
        PipelineConfig flights = flights();
        PipelineConfig twin = ConfigLoader.load(CONF, "flight-delay-2h", "local", Map.of(), Map.of());
        ModelSpec late = twin.models().get("late");

        assertThat(late.backtest()).isTrue();
        assertThat(late.spine().asOf()).hasValue("scheduled_departure - INTERVAL 2 HOURS");
        assertThat(twin.publishedModels()).isEmpty();
        assertThat(twin.source("outcomes").knownAt()).isEqualTo("arrived");
        assertThat(twin.source("weather").knownAt()).isEqualTo("observed");
        assertThat(twin.features()).isEqualTo(flights.features());
        assertThat(late.training()).isEqualTo(flights.models().get("late").training());
        assertThat(flights.models().get("late").spine().asOf()).isEmpty();
        assertThat(flights.publishedModels()).hasSize(1);
    }

    @Test
    void defaultsOfWhatIsNotStated() throws IOException {
        Files.writeString(folder.resolve("tiny.conf"), """
                pipeline = tiny
                sources { things {
                  path = "things/landed={landed}/*.csv"
                  event-time = landed
                  columns { b { type = int }, a {} }
                } }
                """);
        PipelineConfig config = ConfigLoader.load(folder, "tiny", "local", Map.of(), Map.of());
        SourceSpec things = config.source("things");

        assertThat(things.mode()).isEqualTo(Mode.APPEND);
        assertThat(things.knownAt()).isEqualTo("landed");
        assertThat(things.onNewColumn()).isEqualTo(NewColumn.EVOLVE);
        assertThat(things.nullValues()).containsExactly("", "NA");
        assertThat(things.maxRejectRate()).isEqualTo(0.05);
        assertThat(things.sequence()).isEmpty();
        assertThat(things.columns().keySet()).containsExactly("b", "a");
        assertThat(things.columns().get("a").type()).isEqualTo("string");
        assertThat(config.locations().mlflow()).isEqualTo("http://127.0.0.1:5000");
        assertThat(config.models()).isEmpty();
    }

    @Test
    void overridesWinOverEnvironmentFileOverPipelineOverReference() throws IOException {
        Files.createDirectories(folder.resolve("env"));
        Files.writeString(
                folder.resolve("reference.conf"),
                "penstock { work = r, landing = r, warehouse = w, mlflow = \"http://r\" }");
        Files.writeString(folder.resolve("p.conf"), """
                pipeline = p
                penstock { landing = p, mlflow = "http://p" }
                sources.s { path = "s/landed={landed}/*.csv", event-time = landed, columns { a {} } }
                """);
        Files.writeString(folder.resolve("env/dev.conf"), "penstock { mlflow = \"http://\"${HOST} }");
        ConfigLoader.Result result = ConfigLoader.read(
                folder,
                "p",
                "dev",
                Map.of("penstock.landing", "s3a://bucket/set"),
                Map.of("HOST", "e"),
                Optional.empty());

        assertThat(result.problems()).isEmpty();
        Locations locations = result.config().orElseThrow().locations();
        assertThat(List.of(locations.warehouse(), locations.mlflow(), locations.landing()))
                .containsExactly(Path.of("w").toAbsolutePath().toString(), "http://e", "s3a://bucket/set");
        assertThat(result.values().get("penstock.landing").file()).isEqualTo("--set");
        assertThat(result.values().get("pipeline").line()).isEqualTo(1);
    }

    @Test
    void theWorkFolderMovesWhatLiesBelowIt() {
        PipelineConfig config =
                ConfigLoader.load(CONF, "flight-delay", "local", Map.of("penstock.work", "/data/work"), Map.of());

        assertThat(config.locations().landing()).isEqualTo("/data/work/landing");
        assertThat(config.locations().warehouse()).isEqualTo("/data/work/warehouse");
    }

    @Test
    void aClusterTakesItsPlacesFromTheEnvironment() {
        PipelineConfig config = ConfigLoader.load(
                CONF,
                "../conf/flight-delay.conf",
                "cluster",
                Map.of(),
                Map.of(
                        "PENSTOCK_LANDING", "s3a://lake/landing",
                        "PENSTOCK_WAREHOUSE", "s3a://lake/warehouse",
                        "MLFLOW_TRACKING_URI", "https://mlflow.example"));

        assertThat(config.locations().warehouse()).isEqualTo("s3a://lake/warehouse");
    }

    @Test
    void soundSqlIsRememberedByHash() throws IOException {
        Path cache = folder.resolve("cache/sql");
        ConfigLoader.load(CONF, "flight-delay", "local", Map.of(), Map.of(), Optional.of(cache));
        List<String> first = Files.readAllLines(cache);
        ConfigLoader.load(CONF, "flight-delay", "local", Map.of(), Map.of(), Optional.of(cache));

        assertThat(first)
                .hasSizeGreaterThan(8)
                .allMatch(line -> line.matches("[0-9a-f]{64}\t[a-z()0-9,]+\t[a-zNUL01,]*\tfalse\t[a-z_,]*"));
        assertThat(Files.readAllLines(cache)).isEqualTo(first);
    }

    @Test
    void theBuiltInDefaultsAreThoseOfTheConfFolder() throws IOException {
        try (var in = ConfigLoader.class.getResourceAsStream("reference.conf")) {
            assertThat(in.readAllBytes()).isEqualTo(Files.readAllBytes(CONF.resolve("reference.conf")));
        }
    }
}
