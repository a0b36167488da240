package io.penstock.tests.e2e;

import static io.penstock.tests.e2e.CommandLine.deltaLogs;
import static io.penstock.tests.e2e.CommandLine.penstock;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.tests.e2e.CommandLine.Said;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the machine, the configuration or the data may lack, through the command line: each time an exit code, a code, what
 * to do, no stack trace, nothing lost and nothing half written.
 */
class BadInputTest {
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));
    private static final String DAY = Parcels.TRAINING.toString();

    @TempDir
    private Path folder;

    private Path work;
    private Path conf;
    private String nobody;

    @BeforeEach
    void aPipelineWhoseMlflowIsAway() throws IOException {
        work = folder.resolve("work");
        conf = Parcels.configuration(folder.resolve("conf"));
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = "http://127.0.0.1:" + socket.getLocalPort();
        }
        Files.writeString(conf.resolve("env/local.conf"), "penstock.mlflow = \"" + nobody + "\"\n");
    }

    // --- configuration
    // ---------------------------------------------------------------------------------------------------

    @Test
    void aPipelineThatIsNotThere() {
        verb("run", "parcel", "--unit", DAY).failed(20, "PEN-CFG-001");
        nothingWasWritten();
    }

    @Test
    void aConfigurationFolderThatIsNotThere() {
        penstock(
                        "run",
                        "parcels",
                        "--unit",
                        DAY,
                        "--conf-dir",
                        folder.resolve("none").toString(),
                        "--work",
                        work.toString())
                .failed(20, "PEN-CFG-001");
        nothingWasWritten();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        a brace that never closes | owner = tests            | owner = { tests          | PEN-CFG-002
        an unknown key            | max-reject-rate = 0.2    | max-reject-rat = 0.2     | PEN-CFG-003
        a key given twice         | owner = tests            | owner = tests, owner = x | PEN-CFG-004
        a wrong type              | max-reject-rate = 0.2    | max-reject-rate = few    | PEN-CFG-007
        a duration with no unit   | matures-after = 1d       | matures-after = 1        | PEN-CFG-008
        SQL that calls code       | "delay >= 15", over      | "reflect('a', 'b')", over | PEN-CFG-012
        a column of nobody        | on = [id]                | on = [ident]             | PEN-CFG-013
        """)
    void aBrokenConfiguration(String what, String old, String broken, String code) throws IOException {
        String text = Files.readString(conf.resolve("parcels.conf"));
        assertThat(text).contains(old);
        Files.writeString(conf.resolve("parcels.conf"), text.replace(old, broken));

        Said said = verb("run", "parcels", "--unit", DAY).failed(20, code);

        assertThat(said.err()).contains("parcels.conf");
        nothingWasWritten();
    }

    @Test
    void allMistakesOfAConfigurationAtOnce() throws IOException {
        String text = Files.readString(conf.resolve("parcels.conf"));
        Files.writeString(
                conf.resolve("parcels.conf"),
                text.replace("max-reject-rate", "max-reject-rat").replace("matures-after = 1d", "matures-after = 1"));

        Said said = verb("run", "parcels", "--unit", DAY, "--json").failed(20, "PEN-CFG-003");

        assertThat(said.err()).contains("2 problems").contains("PEN-CFG-008").contains("max-reject-rate");
        assertThat(said.json().path("exit").asInt()).isEqualTo(20);
        assertThat(said.json().path("code").asText()).isEqualTo("PEN-CFG-003");
        assertThat(said.json().path("retryable").asBoolean()).isFalse();
        nothingWasWritten();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        no such day           | run parcels --unit 2024-02-30                       | 20 | PEN-CFG-028
        a range backwards     | run parcels --from 2024-03-12 --to 2024-03-02       | 20 | PEN-CFG-027
        no such stage         | run parcels --unit 2024-03-12 --stage digest        | 20 | PEN-CFG-029
        no such scores table  | trace parcels scores/fast id=1                      | 20 | PEN-CFG-031
        """)
    void aWrongArgument(String what, String arguments, int exit, String code) {
        verb(arguments.split(" ")).failed(exit, code);
        nothingWasWritten();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        no such table | SELECT * FROM parcels.scores_fast
        broken SQL    | SELECT FROM WHERE
        """)
    void aQueryThatCannotBeAnswered(String what, String query) {
        Said said = verb("sql", query, "--json").failed(20, "PEN-CFG-011");
        assertThat(said.json().path("what").asText()).as("what").isNotBlank();
        nothingWasWritten();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT java_method('java.lang.System', 'exit', 7)",
                "SELECT * FROM (SELECT reflect('java.lang.System', 'exit', 7))",
            })
    void aQueryThatCallsCode(String query) {
        Said said = verb("sql", query).failed(20, "PEN-CFG-011");
        assertThat(said.err()).contains("UNRESOLVED_ROUTINE");
    }

    @Test
    void aQueryThatFailsWhileItRuns() {
        Said said = verb("sql", "SELECT raise_error('no such luck')").failed(20, "PEN-CFG-036");
        assertThat(said.err()).contains("no such luck");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DELETE FROM parcels.scores_slow",
                "WITH x AS (SELECT 1 id) INSERT INTO parcels.scores_slow SELECT * FROM x",
                "DROP TABLE parcels.scores_slow",
                "VACUUM parcels.scores_slow",
            })
    void aStatementThatIsNoQuery(String statement) {
        verb("sql", statement).failed(20, "PEN-CFG-035");
        nothingWasWritten();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        no such verb    | rum parcels
        no such option  | run parcels --unit 2024-03-12 --stagge ingest
        no unit         | run parcels
        """)
    void wrongUsage(String what, String arguments) {
        Said said = verb(arguments.split(" "));
        assertThat(said.exit()).as(said.toString()).isEqualTo(2);
        assertThat(said.tidy().err()).contains("PEN-CLI-002").contains("--help");
        nothingWasWritten();
    }

    // --- no MLflow
    // -------------------------------------------------------------------------------------------------------

    @Test
    void withoutMlflowDataGoesOnTrainingWaitsAndScoresAreHeld() throws IOException {
        Parcels.land(work.resolve("landing"));

        Said data = verb(
                        "run", "parcels", "--stage", "ingest,features", "--from", Parcels.FIRST.toString(), "--to", DAY)
                .fine()
                .tidy();
        assertThat(data.err()).contains("PEN-ML-013").contains("points are kept in");
        assertThat(Files.list(work.resolve("spool"))).hasSize(1);

        Said training = verb("run", "parcels", "--stage", "training-set,train,promote", "--unit", DAY, "--json")
                .failed(30, "PEN-ML-013");
        assertThat(training.err()).contains("penstock mlflow start").contains(nobody);
        assertThat(training.json().path("retryable").asBoolean()).isTrue();
        assertThat(work.resolve("warehouse/parcels/ops/models")).doesNotExist();
        assertThat(verb("plan", "parcels", "--unit", DAY).fine().out()).contains("train");

        Files.writeString(
                conf.resolve("env/strict.conf"),
                Files.readString(conf.resolve("env/local.conf")) + "models.slow.scoring.fallback = [last-good]\n");
        verb("run", "parcels", "--stage", "score", "--unit", DAY, "--env", "strict")
                .failed(30, "PEN-ML-013");
        assertThat(work.resolve("warehouse/parcels/scores")).doesNotExist();

        Said held =
                verb("run", "parcels", "--stage", "score", "--unit", DAY).fine().tidy();
        assertThat(held.err()).contains("PEN-ML-013").contains("every row is held");
        JsonNode rows = sql("SELECT code, score, prediction, count(*) FROM parcels.scores_slow GROUP BY 1, 2, 3");
        assertThat(rows).hasSize(1);
        assertThat(rows.path(0).path(0).asText()).isEqualTo("PEN-ML-014");
        assertThat(rows.path(0).path(1).isNull() && rows.path(0).path(2).isNull())
                .isTrue();
        assertThat(rows.path(0).path(3).asInt()).isEqualTo(Parcels.A_DAY);
    }

    // --- no data, no Python
    // ----------------------------------------------------------------------------------------------

    @Test
    void noPythonForMlflow() {
        withProperty("penstock.python", folder.resolve("none/python").toString(), () -> {
            Said said = verb("mlflow", "start").failed(20, "PEN-CFG-034");
            assertThat(said.err()).contains("PENSTOCK_PYTHON").contains("3.11");
        });
        assertThat(work.resolve("mlflow/server.json")).doesNotExist();
    }

    @Test
    void aPythonWithoutMlflow() throws Exception {
        Path python = tool("python", "#!/bin/sh\necho \"No module named 'mlflow'\" >&2\nexit 1\n");
        withProperty(
                "penstock.python",
                python.toString(),
                () -> verb("mlflow", "start").failed(30, "PEN-ML-013"));
        assertThat(work.resolve("mlflow/server.json")).doesNotExist();
    }

    @Test
    void noArchiveForTheDemo() {
        withProperty(
                "penstock.data",
                folder.resolve("none.tar.gz").toString(),
                () -> verb("demo").failed(20, "PEN-FEED-001"));
        nothingWasWritten();
    }

    @Test
    void aDamagedArchiveForTheDemo() throws IOException {
        Path archive = Files.write(folder.resolve("flights.tar.gz"), cutOff(Parcels.day(Parcels.FIRST)));
        withProperty("penstock.data", archive.toString(), () -> verb("demo").failed(20, "PEN-FEED-002"));
        assertThat(work.resolve("landing")).doesNotExist();
        assertThat(work.resolve("warehouse")).doesNotExist();
    }

    @Test
    void noPythonForTheSetUp() throws Exception {
        Said said = setUp(Map.of("PATH", tools().toString())).failed(20, "PEN-CFG-034");
        assertThat(said.err()).contains("3.11").contains("python3-venv");
        assertThat(folder.resolve("cache/python")).doesNotExist();
    }

    @Test
    void onlyAnOldPythonForTheSetUp() throws Exception {
        Path bin = tools();
        // Stands in for a Python 3.9: what it is asked is whether it is new enough
        Path old = script(bin.resolve("python3"), "#!/bin/sh\nexit 1\n");

        setUp(Map.of("PATH", bin.toString())).failed(20, "PEN-CFG-034");
        assertThat(folder.resolve("cache/python")).doesNotExist();

        Said named = setUp(Map.of("PENSTOCK_PYTHON", old.toString())).failed(20, "PEN-CFG-034");
        assertThat(named.err()).contains(old.toString());
    }

    @Test
    void aPythonThatIsNotThereForTheSetUp() throws Exception {
        String none = folder.resolve("none/python").toString();
        Said said = setUp(Map.of("PENSTOCK_PYTHON", none)).failed(20, "PEN-CFG-034");
        assertThat(said.err()).contains(none);
    }

    // --- the launcher
    // ------------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"1.8.0_402", "11.0.22", "21.0.2"})
    void c18_aJavaThatIsNot17(String version) throws Exception {
        Path java = Files.createDirectories(folder.resolve("java/bin"));
        script(java.resolve("java"), "#!/bin/sh\nexit 1\n");
        Files.writeString(folder.resolve("java/release"), "JAVA_VERSION=\"" + version + "\"\n");

        Said said = launched(Map.of("JAVA_HOME", folder.resolve("java").toString()), "status", "parcels");

        said.failed(20, "PEN-CFG-018");
        assertThat(said.err()).contains("Java 17 is needed, this is " + version);
    }

    @Test
    void c19_aSparkHomeThatIsNoSpark() throws Exception {
        Said said = launched(Map.of("SPARK_HOME", folder.toString()), "run", "parcels", "--unit", DAY);
        said.failed(20, "PEN-CFG-019");
    }

    /** In one process on this machine a verb starts by itself; what only spark-submit understands goes through it. */
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
        "local[2]"     | ""                                      | "-Dspark.master=local[2] "
        "local[1]"     | ""                                      | "-Dspark.master=local[1] "
        "local[2]"     | "--conf spark.sql.shuffle.partitions=4" | "-Dspark.sql.shuffle.partitions=4 "
        "local[2]"     | "--conf spark.ui.enabled=true"          | "-Dspark.ui.enabled=false -Dspark.driver.bindAddress=127.0.0.1"
        "local[2]"     | "--driver-memory 1g"                    | "SparkSubmit --class io.penstock.jobs.Penstock"
        "local[2]"     | "--conf user.dir=/"                     | "SparkSubmit --class io.penstock.jobs.Penstock"
        "local[2]"     | "--conf"                                | "SparkSubmit --class io.penstock.jobs.Penstock"
        "spark://h:77" | ""                                      | "SparkSubmit --class io.penstock.jobs.Penstock"
        """)
    void theLauncherStartsWhatTheMasterNeeds(String master, String more, String expected) throws Exception {
        Path java = Files.createDirectories(folder.resolve("java/bin"));
        script(java.resolve("java"), "#!/bin/sh\necho \"$@\"\n");
        Files.writeString(folder.resolve("java/release"), "JAVA_VERSION=\"17.0.1\"\n");

        Said said = launched(
                Map.of(
                        "JAVA_HOME", folder.resolve("java").toString(),
                        "PENSTOCK_MASTER", master,
                        "PENSTOCK_SPARK_ARGS", more),
                "run",
                "parcels");

        assertThat(said.exit()).as(said::toString).isZero();
        assertThat(said.err()).contains(expected);
        assertThat(said.err().contains("org.apache.spark.deploy.SparkSubmit")).isEqualTo(expected.contains("Submit"));
        assertThat(said.err()).contains("run parcels");
    }

    /** {@code bin/penstock} of a copy of the launcher beside which the set-up finds everything there. */
    private Said launched(Map<String, String> environment, String... arguments) throws Exception {
        Path bin = Files.createDirectories(folder.resolve("home/bin"));
        Files.copy(HOME.resolve("bin/penstock"), bin.resolve("penstock"));
        script(bin.resolve("setup"), "#!/bin/sh\nexit 0\n");
        List<String> command =
                new ArrayList<>(List.of("bash", bin.resolve("penstock").toString()));
        command.addAll(List.of(arguments));
        Path log = folder.resolve("launcher.log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return new Said(List.of(arguments), process.exitValue(), "", Files.readString(log));
    }

    // --- files
    // -----------------------------------------------------------------------------------------------------------

    @Test
    void damagedFilesGoToQuarantineAndTheOthersAreTaken() throws IOException {
        Path landed = Parcels.folder(work.resolve("landing"), "parcels", Parcels.TRAINING);
        List<String> lines = Parcels.day(Parcels.TRAINING);
        byte[] noise = new byte[4_000];
        new Random(7).nextBytes(noise);
        Files.write(landed.resolve("a-good.csv"), lines);
        Files.write(landed.resolve("b-cut-off.csv.gz"), cutOff(lines));
        Files.write(landed.resolve("c-noise.csv"), noise);
        Files.write(landed.resolve("d-table.parquet"), brokenParquet());
        Files.write(landed.resolve("e-columns.csv"), List.of("identifier,place", "1,north"));
        Files.writeString(landed.resolve("f-empty.csv"), "");
        List<String> oneBad = new ArrayList<>(lines.subList(0, 1));
        oneBad.add("late-1,north,12.5,2024-03-12T12:00:00Z");
        oneBad.add("late-2,north,heavy,2024-03-12T12:00:00Z");
        Files.write(landed.resolve("g-one-bad-row.csv"), oneBad);

        // Too much is wrong for a strict contract: the whole unit is refused and none of it is in the table
        Said strict = verb(
                "run", "parcels", "--unit", DAY, "--stage", "ingest", "--set", "sources.parcels.max-reject-rate=0.01");
        assertThat(strict.exit()).as(strict.toString()).isEqualTo(10);
        assertThat(strict.tidy().err()).contains("PEN-ROW-035");
        assertThat(rowFiles(work.resolve("warehouse/parcels/bronze"))).isEmpty();
        assertThat(rowFiles(work.resolve("warehouse/parcels/quarantine"))).isEmpty();
        assertThat(rowFiles(work.resolve("warehouse/parcels/refused"))).isNotEmpty();

        // What it tolerates is kept apart, with the reason, and everything else is committed
        verb("run", "parcels", "--unit", DAY, "--stage", "ingest").fine().tidy();
        JsonNode rows =
                sql("SELECT regexp_extract(path, '[^/]+$', 0), code, reason, raw FROM parcels.quarantine_parcels "
                        + "ORDER BY 1");
        assertThat(texts(rows, 0))
                .containsExactly(
                        "b-cut-off.csv.gz",
                        "c-noise.csv",
                        "d-table.parquet",
                        "e-columns.csv",
                        "f-empty.csv",
                        "g-one-bad-row.csv");
        assertThat(texts(rows, 1))
                .containsExactly(
                        "PEN-ING-005", "PEN-ING-009", "PEN-ING-009", "PEN-ROW-002", "PEN-ING-003", "PEN-ROW-015");
        assertThat(texts(rows, 2)).allSatisfy(reason -> assertThat(reason).isNotBlank());
        assertThat(rows.path(5).path(3).asText()).isEqualTo("late-2,north,heavy,2024-03-12T12:00:00Z");

        Map<String, String> before = deltaLogs(work.resolve("warehouse"));
        assertThat(verb("run", "parcels", "--unit", DAY, "--stage", "ingest")
                        .fine()
                        .err())
                .contains("nothing to do");
        assertThat(deltaLogs(work.resolve("warehouse"))).isEqualTo(before);

        // Mended files land under new names; the next unit takes them, each row once
        Path next = Parcels.folder(work.resolve("landing"), "parcels", Parcels.TRAINING.plusDays(1));
        Files.write(next.resolve("mended.csv"), List.of(Parcels.HEADER, "late-2,north,12.0,2024-03-12T12:00:00Z"));
        verb("run", "parcels", "--unit", Parcels.TRAINING.plusDays(1).toString(), "--stage", "ingest")
                .fine();
        JsonNode taken = sql("SELECT cast(unit AS string), count(*), count(DISTINCT id) FROM parcels.bronze_parcels "
                + "GROUP BY 1 ORDER BY 1");
        assertThat(texts(taken, 0))
                .containsExactly(DAY, Parcels.TRAINING.plusDays(1).toString());
        assertThat(texts(taken, 1)).containsExactly(String.valueOf(Parcels.A_DAY + 1), "1");
        assertThat(texts(taken, 2)).containsExactly(String.valueOf(Parcels.A_DAY + 1), "1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"w[1]", "w{a,b}", "w*", "w?", "w\\b"})
    void aWorkFolderThatReadsAsAPattern(String name) {
        work = folder.resolve(name);
        verb("run", "parcels", "--unit", DAY).failed(20, "PEN-CFG-014");
        nothingWasWritten();
    }

    // --- what was deleted by hand
    // ----------------------------------------------------------------------------------------

    @Test
    void whatWasDeletedByHandIsNotWrittenOver() throws IOException {
        Parcels.land(work.resolve("landing"), Parcels.FIRST.plusDays(2));
        String first = Parcels.FIRST.toString();
        String second = Parcels.FIRST.plusDays(1).toString();
        String third = Parcels.FIRST.plusDays(2).toString();
        verb("run", "parcels", "--from", first, "--to", second, "--stage", "ingest")
                .fine();
        Path tables = work.resolve("warehouse/parcels");
        Path aside = folder.resolve("aside");

        Files.move(tables.resolve("ops/ledger"), aside);
        verb("plan", "parcels", "--unit", third).failed(40, "PEN-OPS-032");
        verb("run", "parcels", "--unit", third, "--stage", "ingest").failed(40, "PEN-OPS-032");
        Files.move(aside, tables.resolve("ops/ledger"));

        Files.move(tables.resolve("bronze/parcels"), aside);
        Said gone = verb("run", "parcels", "--unit", third, "--stage", "ingest").failed(40, "PEN-TAB-009");
        assertThat(gone.err()).contains("--again --from FIRST --to LAST");
        assertThat(rowFiles(tables.resolve("bronze/parcels"))).isEmpty();
        verb("run", "parcels", "--from", first, "--to", third, "--stage", "ingest", "--again")
                .fine();
        assertThat(texts(sql("SELECT count(*) FROM parcels.bronze_parcels GROUP BY unit ORDER BY unit"), 0))
                .containsExactly("60", "60", "60");
    }

    // --- help
    // ------------------------------------------------------------------------------------------------------------

    private Said verb(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--work", work.toString(), "--conf-dir", conf.toString()));
        return penstock(all.toArray(String[]::new));
    }

    private JsonNode sql(String query) {
        return verb("sql", query, "--json").fine().json().path("rows");
    }

    private static List<Path> rowFiles(Path layer) throws IOException {
        if (!Files.isDirectory(layer)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(layer)) {
            return files.filter(file -> file.toString().endsWith(".parquet"))
                    .filter(file -> !file.toString().contains("_delta_log"))
                    .toList();
        }
    }

    private void nothingWasWritten() {
        String[] written = work.toFile().list();
        // Expressions that were found sound are remembered there, nothing else
        assertThat(written == null ? List.of() : List.of(written)).isSubsetOf("cache");
    }

    private static List<String> texts(JsonNode rows, int column) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> row.path(column).asText())
                .toList();
    }

    private static byte[] cutOff(List<String> lines) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
        }
        return java.util.Arrays.copyOf(bytes.toByteArray(), bytes.size() / 2);
    }

    private static byte[] brokenParquet() {
        byte[] bytes = new byte[600];
        new Random(8).nextBytes(bytes);
        System.arraycopy("PAR1".getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, 4);
        return bytes;
    }

    private static void withProperty(String name, String value, Runnable test) {
        String before = System.setProperty(name, value);
        try {
            test.run();
        } finally {
            if (before == null) {
                System.clearProperty(name);
            } else {
                System.setProperty(name, before);
            }
        }
    }

    private Path tool(String name, String script) throws IOException {
        return script(Files.createDirectories(folder.resolve("fake")).resolve(name), script);
    }

    private static Path script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }

    /** A PATH with what the set-up itself calls, but no Python. */
    private Path tools() throws IOException {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        for (String name : List.of(
                "bash",
                "dirname",
                "basename",
                "date",
                "mkdir",
                "cut",
                "cat",
                "sha256sum",
                "awk",
                "flock",
                "rm",
                "tail")) {
            Path real = Stream.of(System.getenv("PATH").split(":"))
                    .map(entry -> Path.of(entry, name))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("This machine has no " + name));
            script(bin.resolve(name), "#!/bin/sh\nexec " + real + " \"$@\"\n");
        }
        return bin;
    }

    /** {@code bin/setup python} with an empty set-up folder. */
    private Said setUp(Map<String, String> environment) throws Exception {
        Path log = folder.resolve("setup.log");
        ProcessBuilder builder = new ProcessBuilder(
                        "bash", HOME.resolve("bin/setup").toString(), "python")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().remove("PENSTOCK_PYTHON");
        builder.environment().put("PENSTOCK_CACHE", folder.resolve("cache").toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        boolean ended = process.waitFor(2, TimeUnit.MINUTES);
        if (!ended) {
            process.destroyForcibly();
        }
        assertThat(ended).isTrue();
        return new Said(List.of("(bin/setup python)"), process.exitValue(), "", Files.readString(log));
    }
}
