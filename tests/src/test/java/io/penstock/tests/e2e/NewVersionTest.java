package io.penstock.tests.e2e;

import static io.penstock.tests.e2e.CommandLine.penstock;
import static org.assertj.core.api.Assertions.assertThat;

import io.delta.tables.DeltaTable;
import io.penstock.jobs.run.SparkSessions;
import io.penstock.tests.e2e.CommandLine.Said;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A feature view gets a new version: what is built, what is trained, what stays, and what is refused meanwhile. */
class NewVersionTest {
    private static final String DAY = Parcels.TRAINING.toString();
    private static final String NEXT = Parcels.TRAINING.plusDays(1).toString();
    private static final String RAISED = "features.depot_delays.version=2";

    @TempDir
    private static Path folder;

    private static Path conf;

    @BeforeAll
    static void aTrainedAndScoredDay() throws IOException {
        conf = Parcels.configuration(folder.resolve("conf"));
        TrainedParcels.startMlflow(folder);
        TrainedParcels.copy("done", folder);
    }

    @AfterAll
    static void theServerStops() {
        verb("mlflow", "stop");
    }

    @Test
    void theNewTableIsBuiltBesideTheOldAndItsUsersAreTrainedWhilePublishedScoresStay() {
        Map<String, String> before = Contents.of(folder.resolve("warehouse/parcels"));

        // A day that trains nothing: the champion is not given what it was not trained on
        Said early = verb("run", "parcels", "--unit", NEXT, "--set", RAISED).failed(20, "PEN-ML-019");
        assertThat(early.err()).contains("features/depot_delays_v1");

        String plan =
                verb("plan", "parcels", "--unit", DAY, "--set", RAISED).fine().out();
        assertThat(plan)
                .contains("unchanged  ingest")
                .contains("lacks features/depot_delays_v2, which slow trains on")
                .contains("run        train slow")
                .contains("unchanged  score slow");

        Said trained = verb("run", "parcels", "--unit", DAY, "--set", RAISED).fine();
        assertThat(trained.err()).contains("= ingest").contains("= score slow").contains("champion of parcels.slow");

        Map<String, String> after = Contents.of(folder.resolve("warehouse/parcels"));
        assertThat(without("training/", after)).containsAllEntriesOf(without("training/", before));
        Map<String, String> renamed = new TreeMap<>();
        after.forEach((key, content) -> {
            if (key.startsWith("features/depot_delays_v2") && !key.endsWith(NEXT)) {
                renamed.put(key.replace("_v2", "_v1"), content);
            }
        });
        assertThat(before)
                .as("the same definition gives the same rows under its new number")
                .containsAllEntriesOf(renamed);
        assertThat(renamed).hasSizeGreaterThan(10);

        // Planned and done are the same, and the next day is scored by the new champion
        assertThat(verb("plan", "parcels", "--unit", DAY, "--set", RAISED)
                        .fine()
                        .out())
                .doesNotContain("run  ");
        verb("run", "parcels", "--unit", NEXT, "--set", RAISED).fine();
        assertThat(Contents.of(folder.resolve("warehouse/parcels"))).containsKey("scores/slow " + NEXT);
    }

    @Test
    void anInputThatIsTheAnswerIsRefusedByName() {
        String told = "weight / 2 + CASE depot WHEN 'north' THEN 0 WHEN 'south' THEN 5 ELSE 10 END";
        Said refused = verb(
                        "run",
                        "parcels",
                        "--unit",
                        DAY,
                        "--stage",
                        "training-set,train",
                        "--set",
                        "models.slow.training.leakage=refuse",
                        "--set",
                        "models.slow.rows.told=" + told)
                .failed(10, "PEN-ML-050");

        assertThat(refused.err())
                .contains("input told alone has an AUC of 1.0000 on the test slice")
                .contains("models.slow.training.leakage = warn");
    }

    @Test
    void compactingATableReingestsNothing() {
        Path table = folder.resolve("warehouse/parcels/bronze/parcels");
        try (SparkSession spark = SparkSessions.start("compaction")) {
            // Without statistics the order is worth nothing, but every file is written again, which is what is wanted
            // here
            spark.conf().set("spark.databricks.delta.optimize.zorder.checkStatsCollection.enabled", "false");
            long before = DeltaTable.forPath(spark, table.toString())
                    .history(1)
                    .head()
                    .getAs("version");
            DeltaTable.forPath(spark, table.toString()).optimize().executeZOrderBy("id");
            long after = DeltaTable.forPath(spark, table.toString())
                    .history(1)
                    .head()
                    .getAs("version");
            assertThat(after).isGreaterThan(before);
        }

        Said again = verb("run", "parcels", "--from", Parcels.FIRST.toString(), "--to", DAY, "--stage", "ingest")
                .fine();

        assertThat(again.err()).contains("nothing to do");
    }

    private static Map<String, String> without(String prefix, Map<String, String> contents) {
        Map<String, String> rest = new TreeMap<>(contents);
        rest.keySet().removeIf(key -> key.startsWith(prefix));
        return rest;
    }

    private static Said verb(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--work", folder.toString()));
        if (!arguments[0].equals("mlflow")) {
            all.addAll(List.of("--conf-dir", conf.toString()));
        }
        return penstock(all.toArray(String[]::new));
    }
}
