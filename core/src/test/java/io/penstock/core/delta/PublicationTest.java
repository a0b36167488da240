package io.penstock.core.delta;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.Intent;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestStore;
import io.penstock.core.Measure;
import io.penstock.core.Measures;
import io.penstock.core.PenstockException;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.kernel.KernelManifestStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.commons.io.FileUtils;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PublicationTest {
    private static final UnitId DAY_1 = UnitId.parse("2013-01-01");
    private static final UnitId DAY_2 = UnitId.parse("2013-01-02");
    private static SparkSession spark;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.session.timeZone", "UTC")
                .config("spark.databricks.delta.snapshotPartitions", "2")
                .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
                .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
                .getOrCreate();
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void nothingIsVisibleBeforeTheCommitAndTheRowsCountedAreTheRowsCommitted() {
        DeltaTables tables = tables();
        Publication publication = publication(tables, "run-1", -1, DAY_1);
        Staged staged = publication.stage(target(), rows(DAY_1, 3));

        assertThat(staged.rows()).containsEntry(DAY_1, 3L);
        assertThat(staged.measured().get(DAY_1)).containsEntry(Measure.size(), 3.0);
        assertThat(tables.exists("bronze/t")).isFalse();

        assertThat(publication.commit(Map.of())).containsEntry("bronze/t", 0L);
        assertThat(tables.read("bronze/t").count()).isEqualTo(3);
    }

    @Test
    void aUnitIsReplacedAndItsNeighboursStay() {
        DeltaTables tables = tables();
        publish(tables, "run-1", -1, rows(DAY_1, 3).union(rows(DAY_2, 5)), DAY_1, DAY_2);
        publish(tables, "run-2", 0, rows(DAY_2, 2), DAY_2);

        assertThat(tables.read("bronze/t")
                        .filter(col("unit").equalTo(lit("2013-01-01")))
                        .count())
                .isEqualTo(3);
        assertThat(tables.read("bronze/t").count()).isEqualTo(5);
        assertThat(tables.read("bronze/t", 0).count()).isEqualTo(8);
    }

    @Test
    void logAndFilesOfAVersionAreKeptForTenYears() {
        DeltaTables tables = tables();
        publish(tables, "run-1", -1, rows(DAY_1, 3), DAY_1);

        var kept = tables.refreshed("bronze/t").startTransaction().metadata().configuration();
        assertThat(kept.apply("delta.logRetentionDuration")).isEqualTo("interval 3650 days");
        assertThat(kept.apply("delta.deletedFileRetentionDuration")).isEqualTo("interval 3650 days");
    }

    @Test
    void aRangeIsMeasuredPerUnit() {
        Publication publication = publication(tables(), "run-1", -1, DAY_1, DAY_2);
        Staged staged = publication.stage(target(), rows(DAY_1, 3).union(rows(DAY_2, 5)));

        assertThat(staged.measured().get(DAY_1)).containsEntry(Measure.size(), 3.0);
        assertThat(staged.measured().get(DAY_2)).containsEntry(Measure.size(), 5.0);
    }

    @Test
    void refusedUnitsGoToRefusedWithTheirVerdictAndTheOthersCommit() {
        DeltaTables tables = tables();
        Publication publication = publication(tables, "run-1", -1, DAY_1, DAY_2);
        publication.stage(target(), rows(DAY_1, 3).union(rows(DAY_2, 5)));
        publication.commit(Map.of(DAY_2, "too many"));

        assertThat(tables.read("bronze/t").count()).isEqualTo(3);
        Dataset<Row> refused = tables.read("refused/bronze_t");
        assertThat(refused.count()).isEqualTo(5);
        assertThat(refused.select("_verdict").first().getString(0)).isEqualTo("too many");
    }

    @Test
    void rowsOfAUnitThatPassesAtLastAreNotRefusedAnyMore() {
        DeltaTables tables = tables();
        Publication refused = publication(tables, "run-1", -1, DAY_1, DAY_2);
        refused.stage(target(), rows(DAY_1, 3).union(rows(DAY_2, 5)));
        refused.commit(Map.of(DAY_1, "too many", DAY_2, "too many"));
        assertThat(tables.read("refused/bronze_t").count()).isEqualTo(8);

        publish(tables, "run-2", tables.version("bronze/t"), rows(DAY_2, 5), DAY_2);

        assertThat(tables.read("bronze/t").count()).isEqualTo(5);
        assertThat(tables.read("refused/bronze_t").select("unit").distinct().collectAsList())
                .extracting(row -> UnitId.ofCell(row.get(0)))
                .containsExactly(DAY_1);
    }

    @Test
    void aRerunFindsItsOwnCommitAndWritesNothing() {
        DeltaTables tables = tables();
        publish(tables, "run-1", -1, rows(DAY_1, 3), DAY_1);
        Publication again = publication(tables, "run-1", -1, DAY_1);
        Staged staged = again.stage(target(), rows(DAY_1, 3));

        assertThat(staged.rows()).containsEntry(DAY_1, 3L);
        assertThat(again.commit(Map.of())).containsEntry("bronze/t", 0L);
        assertThat(tables.version("bronze/t")).isZero();
    }

    /** Dead between two tables: the rows of the refused unit are not in the first, so nobody can judge them again. */
    @Test
    void aResumedRunKnowsWhatItRefusedWhenItCommitted() {
        DeltaTables tables = tables();
        Publication dead = publication(tables, "run-1", -1, DAY_1, DAY_2);
        dead.stage(target(), rows(DAY_1, 3).union(rows(DAY_2, 5)));
        dead.commit(Map.of(DAY_2, "bronze/t: too many"));

        Staged staged = publication(tables, "run-1", -1, DAY_1, DAY_2)
                .stage(target(), rows(DAY_1, 3).union(rows(DAY_2, 5)));

        assertThat(staged.rows()).containsOnly(Map.entry(DAY_1, 3L));
        assertThat(staged.refusedBefore()).containsOnly(Map.entry(DAY_2, "bronze/t: too many"));
    }

    @Test
    void unitsThatAreLeftStayAsTheyWereAndAreNotRefused() {
        DeltaTables tables = tables();
        publish(tables, "run-1", -1, rows(DAY_2, 2), DAY_2);
        Publication publication = publication(tables, "run-2", 0, DAY_1, DAY_2);
        publication.stage(target(), rows(DAY_1, 3).union(rows(DAY_2, 5)));

        publication.commit(Map.of(), Set.of(DAY_2));

        assertThat(tables.read("bronze/t").filter("unit = '" + DAY_1 + "'").count())
                .isEqualTo(3);
        assertThat(tables.read("bronze/t").filter("unit = '" + DAY_2 + "'").count())
                .isEqualTo(2);
        assertThat(tables.exists("refused/bronze_t")).isFalse();
    }

    @Test
    void aTypeThatTheTableCannotHoldIsRefusedAndTheTableStays() {
        DeltaTables tables = tables();
        publish(tables, "run-1", -1, rows(DAY_1, 3).withColumn("n", lit(7)), DAY_1);
        Dataset<Row> wider = rows(DAY_2, 2).withColumn("n", lit(3_000_000_000L));

        assertThatThrownBy(() -> publication(tables, "run-2", 0, DAY_2).stage(target(), wider))
                .hasMessageContaining("PEN-TAB-021")
                .hasMessageContaining("n is int in the table and bigint in the rows");
        assertThat(tables.read("bronze/t").selectExpr("sum(n)").first().getLong(0))
                .isEqualTo(21);
    }

    @Test
    void aTypeThatLosesNothingIsTakenAsTheTablesOwn() {
        DeltaTables tables = tables();
        publish(tables, "run-1", -1, rows(DAY_1, 3).withColumn("n", lit(7.5)), DAY_1);
        publish(tables, "run-2", 0, rows(DAY_2, 2).withColumn("n", lit(7)), DAY_2);

        assertThat(tables.read("bronze/t").selectExpr("sum(n)").first().getDouble(0))
                .isEqualTo(36.5);
    }

    @Test
    void aRunPlannedOnAnOlderVersionIsLost() {
        DeltaTables tables = tables();
        publish(tables, "run-1", -1, rows(DAY_1, 3), DAY_1);

        assertThatThrownBy(() -> publication(tables, "run-2", -1, DAY_1).stage(target(), rows(DAY_1, 3)))
                .isInstanceOf(Publication.Lost.class)
                .hasMessageContaining("is at version 0, planned on -1");
    }

    @ParameterizedTest
    @EnumSource(Target.Scope.class)
    void ofTwoRunsThatStagedOnTheSameVersionTheSecondIsLost(Target.Scope scope) {
        DeltaTables tables = tables();
        publish(tables, "run-0", -1, rows(DAY_1, 1), DAY_1);
        Publication first = publication(tables, "run-1", 0, DAY_1);
        Publication second = publication(tables, "run-2", 0, DAY_2);
        first.stage(target(scope), rows(DAY_1, 3));
        second.stage(target(scope), rows(DAY_2, 3));
        first.commit(Map.of());

        assertThatThrownBy(() -> second.commit(Map.of())).isInstanceOf(Publication.Lost.class);
        assertThat(tables.version("bronze/t")).isOne();
    }

    @Test
    void rowsOutsideTheUnitsAreRefused() {
        assertThatThrownBy(() -> publication(tables(), "run-1", -1, DAY_1).stage(target(), rows(DAY_2, 1)))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-TAB-020");
    }

    @Test
    void valuesAreCastToTheTablesTypesAndNewColumnsAreAdded() {
        DeltaTables tables = tables();
        publish(tables, "run-1", -1, rows(DAY_1, 3), DAY_1);
        publish(
                tables,
                "run-2",
                0,
                rows(DAY_2, 2).withColumn("id", col("id").cast("int")).withColumn("extra", lit("x")),
                DAY_2);

        assertThat(tables.read("bronze/t").schema().apply("id").dataType().typeName())
                .isEqualTo("long");
        assertThat(tables.read("bronze/t").filter("extra = 'x'").count()).isEqualTo(2);
    }

    @Test
    void aStructInAnArrayGainsAFieldAndRowsBeforeHaveNullInIt() {
        DeltaTables tables = tables();
        publish(tables, "run-1", -1, why(DAY_1, "array(struct(id, 0.5))", "a: BIGINT, z: DOUBLE"), DAY_1);
        String[] before = tables.read("bronze/t").inputFiles();
        String more = "a: BIGINT, text: STRING, z: DOUBLE";
        publish(tables, "run-2", 0, why(DAY_2, "array(struct(id, 'north', 0.25))", more), DAY_2);

        assertThat(tables.read("bronze/t")
                        .orderBy("unit")
                        .selectExpr("to_json(why)")
                        .collectAsList())
                .extracting(row -> row.getString(0))
                .containsExactly("[{\"a\":0,\"z\":0.5}]", "[{\"a\":0,\"text\":\"north\",\"z\":0.25}]");
        assertThat(tables.read("bronze/t").inputFiles()).contains(before).hasSize(2);
        assertThatThrownBy(() -> publish(tables, "run-3", 1, why(DAY_2, "array(struct(id))", "a: BIGINT"), DAY_2))
                .hasMessageContaining("PEN-TAB-021")
                .hasMessageContaining("why is array<struct<a:bigint,text:string,z:double>> in the table");
    }

    private static Dataset<Row> why(UnitId unit, String value, String fields) {
        return rows(unit, 1).selectExpr("*", "CAST(" + value + " AS ARRAY<STRUCT<" + fields + ">>) AS why");
    }

    @Test
    void aTableOfAnotherEnvironmentIsReadAtItsVersionAndNeverWritten() {
        publish(tables(), "run-1", -1, rows(DAY_1, 3), DAY_1);
        publish(tables(), "run-2", 0, rows(DAY_2, 5), DAY_2);
        String theirs = folder.toString();
        DeltaTables borrowing = new DeltaTables(
                spark,
                folder.resolve("dev").toString(),
                Map.of("bronze/t", new DeltaTables.Borrowed(theirs, 0)),
                List.of(theirs));
        DeltaTables inside = new DeltaTables(spark, theirs, Map.of(), List.of(theirs));

        assertThat(borrowing.version("bronze/t")).isZero();
        assertThat(borrowing.read("bronze/t").count()).isEqualTo(3);
        for (DeltaTables tables : List.of(borrowing, inside)) {
            assertThatThrownBy(() -> publish(tables, "run-3", 1, rows(DAY_2, 1), DAY_2))
                    .isInstanceOf(PenstockException.class)
                    .hasMessageContaining("PEN-ENV-002");
        }
        assertThat(tables().version("bronze/t")).isEqualTo(1);
    }

    private DeltaTables tables() {
        return new DeltaTables(spark, folder.toString());
    }

    private static void publish(DeltaTables tables, String run, long base, Dataset<Row> rows, UnitId... units) {
        Publication publication = publication(tables, run, base, units);
        publication.stage(target(), rows);
        publication.commit(Map.of());
    }

    private static Publication publication(DeltaTables tables, String run, long base, UnitId... units) {
        return new Publication(tables, intent(run, base, units), new Sizes(), () -> {});
    }

    private static Intent intent(String run, long base, UnitId... units) {
        return new Intent(
                "p",
                Stage.INGEST,
                "",
                run,
                List.of(units),
                "recipe",
                Map.of(),
                Map.of(),
                Map.of("bronze/t", base),
                Instant.EPOCH,
                "open");
    }

    @Test
    void jobsAreNamedAfterStageUnitAndTable() throws Exception {
        DeltaTables tables = tables();
        Intent intent = intent("run-1", -1, DAY_1);
        List<SparkListenerJobStart> jobs = new CopyOnWriteArrayList<>();
        SparkListener listener = new SparkListener() {
            @Override
            public void onJobStart(SparkListenerJobStart start) {
                jobs.add(start);
            }
        };
        spark.sparkContext().addSparkListener(listener);
        int ours;
        try {
            JobLabels.begin(spark.sparkContext(), intent);
            publication(tables, "run-1", -1, DAY_1).stageAll(Map.of(target(), rows(DAY_1, 3)));
            JobLabels.end(spark.sparkContext());
            spark.sparkContext().listenerBus().waitUntilEmpty();
            ours = jobs.size();
            rows(DAY_1, 3).count();
            spark.sparkContext().listenerBus().waitUntilEmpty();
        } finally {
            spark.sparkContext().removeSparkListener(listener);
        }

        List<Properties> of =
                jobs.stream().map(SparkListenerJobStart::properties).toList();
        assertThat(of.subList(0, ours))
                .isNotEmpty()
                .allSatisfy(job -> assertThat(job)
                        .containsEntry("penstock.stage", "ingest")
                        .containsEntry("mdc.unit", "2013-01-01")
                        .containsEntry("spark.jobGroup.id", "run-1")
                        .containsEntry("spark.job.description", "ingest 2013-01-01: bronze/t"));
        assertThat(of.subList(ours, of.size()))
                .isNotEmpty()
                .noneMatch(job -> job.containsKey("penstock.stage") || job.containsKey("spark.jobGroup.id"));
    }

    @Test
    void whatAnotherProgramDoesToAControlTableIsFound() throws IOException {
        Path written = folder.resolve("written");
        KernelManifestStore store = books(written);
        for (String run : List.of("run-1", "run-2", "run-3")) {
            Intent intent = intent(run);
            store.open(intent);
            store.claim(run);
            store.finish(intent, List.of(manifest(intent)), List.of(entry(run)));
            store.journal(Map.of("at", "2014-01-01T08:00:00Z", "model", "late", "event", "promoted", "version", run));
            store.metrics(List.of(new ManifestStore.MetricRow("ingest", "", "2013-01-01", run, "rows", 12)));
        }
        assertThat(books(written).edits()).isEmpty();

        String[][] changes = {
            {"journal", "UPDATE %s SET body = replace(body, 'promoted', 'withdrawn') WHERE version = 'run-2'", "row 1 ("
            },
            {"journal", "DELETE FROM %s WHERE version = 'run-3'", "rows are missing at the end: 2 of 3"},
            {"intents", "INSERT INTO %s SELECT * FROM %s WHERE run_id = 'run-1' AND state = 'open'", "row 1 ("},
            {
                "manifests",
                "UPDATE %s SET body = concat('{\"a\":1,', substring(body, 2)), hash = sha2(concat('{\"a\":1,',"
                        + " substring(body, 2)), 256) WHERE run_id = 'run-3'",
                "row 2 ("
            }
        };
        for (String[] change : changes) {
            Path copy = folder.resolve("copy " + List.of(changes).indexOf(change));
            FileUtils.copyDirectory(written.toFile(), copy.toFile());
            spark.sql(change[1].replace("%s", "delta.`" + copy.resolve("ops/" + change[0]) + "`"));

            assertThat(books(copy).edits())
                    .as(change[1])
                    .singleElement()
                    .satisfies(edit -> assertThat(edit.table()).isEqualTo("ops/" + change[0]))
                    .satisfies(edit -> assertThat(edit.message()).contains(change[2]));
        }
        Path lost = folder.resolve("lost");
        FileUtils.copyDirectory(written.toFile(), lost.toFile());
        FileUtils.deleteDirectory(lost.resolve("ops/metrics").toFile());
        assertThat(books(lost).edits()).extracting(ManifestStore.Edit::table).containsExactly("ops/metrics");
    }

    @Test
    void rowsOfAControlTableFromBeforeThereWasAChainAreCoveredByTheFirstThatFollows() {
        String table = "delta.`" + folder.resolve("ops/attempts") + "`";
        spark.sql(
                "CREATE TABLE " + table + " (pipeline STRING, run_id STRING, claimed STRING, host STRING, actor STRING,"
                        + " attempt INT, process BIGINT, seq BIGINT, year INT) USING delta PARTITIONED BY (year)");
        spark.sql("INSERT INTO " + table + " VALUES ('p', 'run-1', 'then', 'h', 'me', 1, 7, 1000000, 2013),"
                + " ('p', 'run-2', 'then', 'h', 'me', 1, 7, 2000000, 2013)");
        assertThat(books(folder).edits()).isEmpty();

        assertThat(books(folder).claim("run-3")).isEqualTo(1);
        assertThat(books(folder).claim("run-3")).isEqualTo(2);

        assertThat(books(folder).edits()).isEmpty();
        assertThat(spark.read()
                        .format("delta")
                        .load(folder.resolve("ops/attempts").toString())
                        .columns())
                .contains("chain");
        spark.sql("UPDATE " + table + " SET actor = 'somebody else' WHERE run_id = 'run-1'");
        assertThat(books(folder).edits())
                .singleElement()
                .satisfies(edit ->
                        assertThat(edit.message()).contains("row 2 (", "one of the 2 rows before it was edited"));
    }

    private static KernelManifestStore books(Path folder) {
        return new KernelManifestStore(
                folder.resolve("ops").toString(), "p", () -> Instant.parse("2014-01-01T10:00:00Z"));
    }

    private static Intent intent(String run) {
        return new Intent(
                "p",
                Stage.INGEST,
                "",
                run,
                List.of(DAY_1),
                "recipe",
                Map.of(),
                Map.of(),
                Map.of(),
                Instant.parse("2014-01-01T09:00:00Z"),
                "open");
    }

    private static Manifest manifest(Intent intent) {
        return new Manifest(
                "p",
                Stage.INGEST,
                "",
                DAY_1,
                intent.runId(),
                Manifest.Status.DONE,
                "recipe",
                "content",
                List.of(),
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                Map.of(),
                intent.opened(),
                intent.opened(),
                "me",
                "");
    }

    private static LedgerEntry entry(String run) {
        return new LedgerEntry("t", run + ".csv", "id", 1, 2, "sha", "taken", DAY_1, run, 3, 3, "");
    }

    private static Target target() {
        return target(Target.Scope.UNITS);
    }

    private static Target target(Target.Scope scope) {
        return new Target(
                "bronze/t",
                "comment",
                Map.of("id", "a number"),
                List.of("id"),
                List.of(),
                List.of(Measure.size()),
                scope);
    }

    private static Dataset<Row> rows(UnitId unit, int count) {
        return spark.range(count)
                .toDF("id")
                .withColumn("unit", lit(unit.toString()).cast("date"));
    }

    /** Knows only sizes. */
    private static final class Sizes implements Measures {
        @Override
        public Riding ride(List<Measure> wanted, StructType schema) {
            return new Riding() {
                @Override
                public List<Column> columns() {
                    return List.of(count(lit(1)));
                }

                @Override
                public Map<Measure, Double> read(Row observed) {
                    return Map.of(Measure.size(), (double) observed.getLong(0));
                }

                @Override
                public List<Measure> measures() {
                    return List.of(Measure.size());
                }
            };
        }

        @Override
        public Map<String, Map<Measure, Double>> grouped(Dataset<Row> table, String by, List<Measure> wanted) {
            Map<String, Map<Measure, Double>> result = new HashMap<>();
            for (Row row : table.groupBy(col(by).cast("string")).count().collectAsList()) {
                result.put(row.getString(0), Map.of(Measure.size(), (double) row.getLong(1)));
            }
            return result;
        }
    }
}
