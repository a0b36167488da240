package io.penstock.tests.airflow;

import static io.penstock.tests.e2e.CommandLine.deltaLogs;
import static io.penstock.tests.e2e.CommandLine.fromEnvironment;
import static io.penstock.tests.e2e.CommandLine.penstock;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.tests.e2e.Parcels;
import io.penstock.tests.e2e.StandaloneCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two days of the small pipeline of {@link Parcels} by a real Airflow that submits to a real Spark cluster
 * what {@code airflow export} wrote: history by the backfill in cluster mode, a scheduled day and one by hand, the
 * monitor behind them; with a wrong range, a wrong variable, an MLflow that is away, and a driver that is killed. Judged
 * by Airflow's own tables and by the tables of the pipeline.
 */
class AirflowLifeTest {
    private static final Path HOME =
            Path.of(System.getProperty("penstock.home", "..")).toAbsolutePath().normalize();
    private static final LocalDate FIRST = Parcels.FIRST;
    private static final LocalDate TRAINING = Parcels.TRAINING;
    private static final LocalDate BY_HAND = TRAINING.plusDays(1);
    private static final String DAILY = "parcels";
    private static final String BACKFILL = "parcels_backfill";
    private static final String RETRAIN = "parcels_retrain";
    private static final String MONITOR = "parcels_monitor";

    @TempDir
    private static Path folder;

    private static Path work;
    private static Path conf;
    private static StandaloneCluster cluster;
    private static AirflowServices airflow;
    private static JsonNode lived;
    private static JsonNode cleared;
    private static Map<String, String> logsBefore;
    private static Map<String, String> logsAfter;

    @BeforeAll
    static void twoDaysAreLived() throws Exception {
        Path sparkHome = fromEnvironment("PENSTOCK_SPARK_HOME");
        work = folder.resolve("work");
        conf = configuration(folder.resolve("conf"));
        Parcels.land(work.resolve("landing"), BY_HAND);
        Path dags = exported(folder.resolve("dags"));
        cluster = StandaloneCluster.onLoopback(sparkHome, folder.resolve("cluster"), 2);
        airflow = new AirflowServices(
                fromEnvironment("PENSTOCK_AIRFLOW_PYTHON").toString(),
                folder.resolve("airflow"),
                dags,
                settings(sparkHome));
        List.of(DAILY, BACKFILL, RETRAIN, MONITOR).forEach(airflow::awaitDag);

        historyIsLoaded();
        aScheduledDay();
        aDayByHand();
        aDayIsCleared();
    }

    private static void historyIsLoaded() {
        List.of(BACKFILL, RETRAIN, MONITOR).forEach(airflow::unpause);
        airflow.trigger(BACKFILL, "wrong", Map.of("from", TRAINING.toString(), "to", FIRST.toString()));
        airflow.await("the wrong backfill ends", tables -> over(tables, BACKFILL, "wrong"));
        airflow.trigger(
                BACKFILL,
                "history",
                Map.of("from", FIRST.toString(), "to", TRAINING.minusDays(1).toString()));
        airflow.await(
                "the history's task has read its variables",
                tables ->
                        rendered(tables, BACKFILL, "history", "load").findAny().isPresent());

        airflow.set("penstock_env", "absent");
        airflow.trigger(RETRAIN, "wrong", Map.of());
        airflow.await("the wrong retraining ends", tables -> over(tables, RETRAIN, "wrong"));
        airflow.unset("penstock_env");
        airflow.await("the history is loaded", tables -> over(tables, BACKFILL, "history"));
    }

    private static void aScheduledDay() throws IOException {
        airflow.unpause(DAILY);
        airflow.await(
                "a training without MLflow fails",
                tables -> tries(tables, DAILY, due(TRAINING), "run")
                        .anyMatch(attempt -> attempt.path("past").asInt() == 1));
        penstock("mlflow", "start", "--work", work.toString()).fine();

        // Of a try that goes on with what the one before has begun
        ProcessHandle driver = driverAtWork(TRAINING);
        assertThat(driver.destroyForcibly()).isTrue();
        airflow.await("the day is over", tables -> over(tables, DAILY, due(TRAINING)));
    }

    private static void aDayByHand() {
        airflow.trigger(DAILY, "by-hand", Map.of("unit", BY_HAND.toString()));
        airflow.await("the day by hand is over", tables -> over(tables, DAILY, "by-hand"));
        lived = airflow.await("nothing waits or runs", AirflowLifeTest::quiet);
    }

    private static void aDayIsCleared() {
        logsBefore = deltaLogs(work.resolve("warehouse"));
        airflow.clear(DAILY, due(TRAINING));
        airflow.await("the cleared run begins", tables -> !over(tables, DAILY, due(TRAINING)));
        cleared = airflow.await("nothing waits or runs", AirflowLifeTest::quiet);
        logsAfter = deltaLogs(work.resolve("warehouse"));
    }

    @AfterAll
    static void allStops() {
        if (airflow != null) {
            airflow.close();
        }
        if (cluster != null) {
            cluster.close();
        }
        penstock("mlflow", "stop", "--work", work.toString());
    }

    @Test
    void everyDayIsScoredByWhicheverRunHadItsUnit() throws IOException {
        assertThat(lived.path("runs").findValuesAsText("state")).contains("success");
        assertThat(state(lived, DAILY, due(TRAINING))).isEqualTo("success");
        assertThat(state(lived, DAILY, "by-hand")).isEqualTo("success");
        JsonNode days = sql("SELECT cast(unit AS string), count(*) FROM parcels.scores_slow GROUP BY 1 ORDER BY 1");
        assertThat(days).hasSize(2);
        for (JsonNode day : days) {
            assertThat(day.get(1).asInt()).as(day.toString()).isEqualTo(Parcels.A_DAY);
        }
    }

    @Test
    void noDayIsScheduledBeyondTheLast() {
        List<String> scheduled = stream(lived.path("runs"))
                .filter(run -> run.path("run_type").asText().equals("scheduled"))
                .map(run -> run.path("data_interval_end").asText().substring(0, 10))
                .toList();
        assertThat(scheduled).containsExactly(TRAINING.toString());
    }

    @Test
    void aRunByHandDoesTheUnitItNames() {
        JsonNode run = run(lived, DAILY, "by-hand").orElseThrow();
        assertThat(run.path("data_interval_end").isNull()).isTrue();
        assertThat(units(lived, DAILY, "by-hand")).containsExactly("--unit=" + BY_HAND);
        assertThat(units(lived, DAILY, due(TRAINING))).containsExactly("--due-at=" + TRAINING + "T08:00:00+00:00");
    }

    @Test
    void whatFailsWith30IsTriedAgainAndSucceeds() throws IOException {
        List<JsonNode> tries = tries(lived, DAILY, due(TRAINING), "run").toList();
        assertThat(tries).hasSizeGreaterThanOrEqualTo(2);
        assertThat(tries.get(0).path("state").asText()).isNotEqualTo("success");
        assertThat(result(tries.get(0)).path("exit").asInt()).isEqualTo(30);
        assertThat(tries.get(tries.size() - 1).path("state").asText()).isEqualTo("success");
    }

    @Test
    void whatFailsWith20IsNotTriedAgain() throws IOException {
        assertFailedForGood(RETRAIN, "train", "PEN-CFG-001");
    }

    /** There spark-submit ends with 0, whatever became of the driver. */
    @Test
    void whatFailsWith20InClusterModeIsNotTriedAgainEither() throws IOException {
        assertFailedForGood(BACKFILL, "load", "PEN-CFG-027");
        assertThat(state(lived, BACKFILL, "history")).isEqualTo("success");
        assertThat(tries(lived, BACKFILL, "history", "load")).hasSize(1);
    }

    private static void assertFailedForGood(String dag, String task, String code) throws IOException {
        List<JsonNode> tries = tries(lived, dag, "wrong", task).toList();
        assertThat(tries).hasSize(1);
        assertThat(tries.get(0).path("state").asText()).isEqualTo("failed");
        assertThat(tries.get(0).path("max_tries").asInt())
                .as("it could have been")
                .isEqualTo(3);
        assertThat(result(tries.get(0)).path("exit").asInt()).isEqualTo(20);
        assertThat(result(tries.get(0)).path("code").asText()).isEqualTo(code);
        assertThat(state(lived, dag, "wrong")).isEqualTo("failed");
    }

    @Test
    void aTaskWhoseDriverIsKilledHeals() throws IOException {
        List<JsonNode> tries = tries(lived, DAILY, due(TRAINING), "run").toList();
        JsonNode killed = tries.get(tries.size() - 2);
        assertThat(resultFile(killed)).doesNotExist();
        assertThat(killed.path("state").asText()).isNotEqualTo("success");
        assertThat(tries.get(tries.size() - 1).path("state").asText()).isEqualTo("success");
        JsonNode rows = sql("SELECT count(*), count(DISTINCT depot) FROM parcels.features_depot_delays_v1"
                        + " WHERE unit = '" + TRAINING + "'")
                .path(0);
        assertThat(rows.get(0).asLong()).isPositive().isEqualTo(rows.get(1).asLong());
    }

    @Test
    void aClearedDayRunsAgainAndChangesNothing() {
        assertThat(state(cleared, DAILY, due(TRAINING))).isEqualTo("success");
        for (String task : List.of("run")) {
            assertThat(tries(cleared, DAILY, due(TRAINING), task).count())
                    .as(task)
                    .isEqualTo(tries(lived, DAILY, due(TRAINING), task).count() + 1);
        }
        assertThat(units(cleared, DAILY, due(TRAINING))).containsExactly("--due-at=" + TRAINING + "T08:00:00+00:00");
        assertThat(logsBefore).hasSizeGreaterThan(50);
        assertThat(logsAfter).isEqualTo(logsBefore);
    }

    @Test
    void theMonitorJudgesTheUnitsOfItsEvents() {
        List<JsonNode> runs = stream(lived.path("runs"))
                .filter(run -> run.path("dag_id").asText().equals(MONITOR))
                .toList();
        assertThat(runs).isNotEmpty().allSatisfy(run -> {
            assertThat(run.path("run_type").asText()).isEqualTo("asset_triggered");
            assertThat(run.path("state").asText()).isEqualTo("success");
        });
        TreeSet<String> judged = new TreeSet<>();
        stream(lived.path("rendered"))
                .filter(row -> row.path("dag_id").asText().equals(MONITOR)
                        && row.path("task_id").asText().equals("evaluate"))
                .forEach(row -> {
                    List<String> range = texts(row.path("rendered_fields").path("units"));
                    LocalDate from = LocalDate.parse(range.get(0).replace("--from=", ""));
                    from.datesUntil(LocalDate.parse(range.get(1).replace("--to=", ""))
                                    .plusDays(1))
                            .forEach(unit -> judged.add(unit.toString()));
                });
        assertThat(judged).containsExactly(TRAINING.toString(), BY_HAND.toString());
        assertThat(sql("SELECT cast(unit AS string), cast(scored_unit AS string) FROM parcels.scores_slow_performance"
                                + " ORDER BY 1, 2")
                        .toString())
                .contains("[\"" + BY_HAND + "\",\"" + TRAINING + "\"]");
    }

    @Test
    void aScoreIsTracedToTheTryThatMadeIt() {
        String parcel = sql("SELECT id FROM parcels.scores_slow WHERE unit = '" + BY_HAND
                        + "' AND score IS NOT NULL ORDER BY 1 LIMIT 1")
                .path(0)
                .path(0)
                .asText();
        JsonNode provenance = verb("trace", "parcels", "scores/slow", "id=" + parcel, "--json")
                .path("provenance");
        assertThat(provenance.path("parent_job_name").asText()).isEqualTo("parcels.run");
        List<String> made = tries(lived, DAILY, "by-hand", "run")
                .map(attempt -> attempt.path("id").asText().replace("-", ""))
                .toList();
        assertThat(made).contains(provenance.path("parent_run_id").asText().replace("-", ""));
    }

    // --- Airflow's tables

    private static boolean quiet(JsonNode tables) {
        return tables.path("waiting").isEmpty()
                && stream(tables.path("runs"))
                        .allMatch(run -> List.of("success", "failed")
                                .contains(run.path("state").asText()));
    }

    private static boolean over(JsonNode tables, String dag, String run) {
        return List.of("success", "failed").contains(state(tables, dag, run));
    }

    private static String state(JsonNode tables, String dag, String run) {
        return run(tables, dag, run).map(row -> row.path("state").asText()).orElse("");
    }

    private static Optional<JsonNode> run(JsonNode tables, String dag, String run) {
        return stream(tables.path("runs"))
                .filter(row -> row.path("dag_id").asText().equals(dag)
                        && row.path("run_id").asText().equals(run))
                .findFirst();
    }

    private static Stream<JsonNode> tries(JsonNode tables, String dag, String run, String task) {
        return stream(tables.path("tries")).filter(of(dag, run, task));
    }

    private static Stream<JsonNode> rendered(JsonNode tables, String dag, String run, String task) {
        return stream(tables.path("rendered")).filter(of(dag, run, task));
    }

    private static Predicate<JsonNode> of(String dag, String run, String task) {
        return row -> row.path("dag_id").asText().equals(dag)
                && row.path("run_id").asText().equals(run)
                && row.path("task_id").asText().equals(task);
    }

    /** What the tasks of a run gave Penstock as their units. */
    private static TreeSet<String> units(JsonNode tables, String dag, String run) {
        TreeSet<String> units = new TreeSet<>();
        stream(tables.path("rendered"))
                .filter(row -> row.path("dag_id").asText().equals(dag)
                        && row.path("run_id").asText().equals(run))
                .forEach(row -> units.addAll(texts(row.path("rendered_fields").path("units"))));
        return units;
    }

    /** Airflow's name of the scheduled run of a unit. */
    private static String due(LocalDate unit) {
        return "scheduled__" + unit + "T08:00:00+00:00";
    }

    private static JsonNode result(JsonNode attempt) throws IOException {
        return new ObjectMapper().readTree(resultFile(attempt).toFile());
    }

    private static Path resultFile(JsonNode attempt) {
        String id = attempt.path("id").asText().replaceFirst("^(.{8})-?(.{4})-?(.{4})-?(.{4})-?", "$1-$2-$3-$4-");
        return work.resolve("airflow")
                .resolve(attempt.path("dag_id").asText())
                .resolve(attempt.path("task_id").asText())
                .resolve(attempt.path("try_number").asInt() + "-" + id + ".json");
    }

    // --- the driver

    /** The driver of a unit, once its run has been written down as begun. */
    private static ProcessHandle driverAtWork(LocalDate unit) throws IOException {
        Path claims = work.resolve("warehouse/parcels/ops/attempts/_delta_log");
        airflow.poll("the driver of " + unit, () -> driver(unit).isPresent());
        long before = count(claims);
        airflow.poll("the run has begun", () -> count(claims) > before);
        return driver(unit).orElseThrow();
    }

    private static Optional<ProcessHandle> driver(LocalDate unit) {
        return airflow.descendants().filter(process -> isDriver(process, unit)).findFirst();
    }

    private static boolean isDriver(ProcessHandle process, LocalDate unit) {
        try {
            List<String> line = List.of(Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"))
                    .split("\0"));
            return line.contains("org.apache.spark.deploy.SparkSubmit")
                    // which only puts the driver's command together
                    && !line.contains("org.apache.spark.launcher.Main")
                    && line.contains("--due-at=" + unit + "T08:00:00+00:00");
        } catch (IOException ended) {
            return false;
        }
    }

    private static long count(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".json")).count();
        }
    }

    // --- what Airflow and Spark are given

    private static Path configuration(Path target) throws IOException {
        Parcels.configuration(target);
        Files.writeString(target.resolve("env/local.conf"), """
                airflow { granularity = unit, retry-delay = 5s, until = "%s" }
                # Nobody listens there; once a server of the work folder runs, it is named by the variable
                penstock.mlflow = "http://127.0.0.1:1"
                penstock.mlflow = ${?MLFLOW_TRACKING_URI}
                """.formatted(TRAINING));
        return target;
    }

    private static Path exported(Path dags) {
        for (String variant : List.of("daily", "retrain", "monitor", "backfill")) {
            List<String> arguments = new ArrayList<>(List.of("airflow", "export", "parcels", "--variant", variant));
            arguments.addAll(List.of("--out", dags.toString()));
            if (variant.equals("backfill")) {
                arguments.addAll(List.of("--set", "airflow.deploy-mode=cluster"));
            }
            arguments.addAll(where());
            penstock(arguments.toArray(String[]::new)).fine();
        }
        return dags;
    }

    private static Map<String, String> settings(Path sparkHome) throws IOException {
        Path sparkConf = Files.createDirectories(folder.resolve("spark-conf"));
        Files.copy(HOME.resolve("conf/log4j2.properties"), sparkConf.resolve("log4j2.properties"));
        Files.writeString(sparkConf.resolve("spark-defaults.conf"), """
                spark.jars %s
                spark.executor.memory 1g
                spark.executor.cores 1
                spark.cores.max 1
                spark.driver.host 127.0.0.1
                spark.driver.bindAddress 127.0.0.1
                spark.ui.enabled false
                spark.sql.shuffle.partitions 1
                spark.sql.adaptive.enabled false
                """.formatted(deltaJars()));
        return Map.of(
                "AIRFLOW_CONN_SPARK_DEFAULT", cluster.master(),
                "AIRFLOW_VAR_PENSTOCK_JAR",
                        HOME.resolve("jobs/target/penstock-0.1.0.jar").toString(),
                "AIRFLOW_VAR_PENSTOCK_CONF", conf.toString(),
                "AIRFLOW_VAR_PENSTOCK_WORK", work.toString(),
                "AIRFLOW_VAR_PENSTOCK_PACKAGES", "",
                "AIRFLOW_VAR_PENSTOCK_DRIVER_MEMORY", "1g",
                "SPARK_CONF_DIR", sparkConf.toString(),
                "SPARK_LOCAL_IP", "127.0.0.1",
                "JAVA_HOME", System.getProperty("java.home"),
                "PATH", sparkHome.resolve("bin") + ":" + System.getenv("PATH"));
    }

    private static String deltaJars() throws IOException {
        try (Stream<Path> jars = Files.list(HOME.resolve("jobs/target/lib"))) {
            return String.join(
                    ",",
                    jars.map(Path::toString)
                            .filter(jar -> jar.matches(".*/delta-(spark_2\\.12|storage)-[0-9.]+\\.jar"))
                            .sorted()
                            .toList());
        }
    }

    // --- the pipeline's tables

    private static List<String> where() {
        return List.of("--work", work.toString(), "--conf-dir", conf.toString());
    }

    private static JsonNode verb(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(where());
        return penstock(all.toArray(String[]::new)).fine().json();
    }

    private static JsonNode sql(String query) {
        return verb("sql", query, "--json").path("rows");
    }

    private static Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    private static List<String> texts(JsonNode array) {
        return stream(array).map(JsonNode::asText).toList();
    }
}
