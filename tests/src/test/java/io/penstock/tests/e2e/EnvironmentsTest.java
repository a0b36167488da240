package io.penstock.tests.e2e;

import static io.penstock.tests.e2e.CommandLine.mlflow;
import static io.penstock.tests.e2e.CommandLine.penstock;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.core.Hashes;
import io.penstock.core.model.ModelRegistry;
import io.penstock.tests.e2e.CommandLine.Said;
import io.penstock.training.mlflow.MlflowRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A feature is changed in an environment that reads production, tried there, and its model brought over. One story. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EnvironmentsTest {
    private static final String DAY = Parcels.TRAINING.toString();
    private static final LocalDate NEXT = Parcels.TRAINING.plusDays(1);
    private static final String CHANGED =
            "features.depot_delays { version = 2, aggregate.slow_rate.over = [2d, 5d] }\n";

    @TempDir
    private static Path folder;

    private static Path conf;
    private static Map<String, String> production;
    private static ModelRegistry.Version champion;

    @BeforeAll
    static void productionIsThere() throws IOException {
        conf = Parcels.configuration(folder.resolve("conf"));
        TrainedParcels.startMlflow(folder);
        TrainedParcels.copy("done", folder.resolve("prod"));
        environment("prod", "", "");
        environment("dev", "reads = prod, registry-prefix = \"dev.\"", CHANGED);
        environment("alone", "registry-prefix = \"alone.\"", CHANGED);
        production = files(warehouse("prod"));
        champion = champion("parcels.slow");
    }

    @AfterAll
    static void theServerStops() {
        penstock("mlflow", "stop", "--work", folder.toString());
    }

    @Test
    @Order(1)
    void aChangedFeatureIsTriedOnProductionsDataAndTouchesNoByteOfIt() throws IOException {
        assertThat(verb("plan", "dev", "--unit", DAY).fine().out())
                .contains("borrowed from prod")
                .contains("training needs it, and this environment has it not yet");
        assertThat(verb("status", "dev").fine().out())
                .as("before it has done anything")
                .containsPattern("ingest +" + Parcels.FIRST + " … " + DAY + " .* done  borrowed from prod")
                .doesNotContain("features");
        Said said = run("dev", "--unit", DAY).fine();

        assertThat(said.err()).contains("ingest").contains("borrowed from prod");
        assertThat(files(warehouse("prod"))).isEqualTo(production);
        assertThat(champion("parcels.slow")).isEqualTo(champion);
        assertThat(champion("dev.parcels.slow").sha256()).isNotEqualTo(champion.sha256());
        assertThat(warehouse("dev").resolve("parcels/bronze")).doesNotExist();
        run("dev", "--unit", DAY).fine();
        assertThat(run("dev", "--unit", DAY).fine().err()).contains("nothing to do");
        assertThat(verb("files", "dev").fine().out())
                .contains("borrowed from prod")
                .doesNotContain("waiting");
        String query = "SELECT count(*) FROM parcels.bronze_parcels";
        assertThat(sql("prod", query).fine().out()).contains("(1 row)");
        sql("dev", query).failed(20, "PEN-CFG-011");
        Path fix = Files.createDirectories(folder.resolve("fixes/parcels")).resolve("mine.csv");
        Files.writeString(fix, "_replaces,id\n");
        Said replay = run(
                "dev", "--unit", NEXT.toString(), "--replay", fix.getParent().toString());
        assertThat(replay.exit()).isEqualTo(20);
        assertThat(replay.err()).contains("PEN-RUN-064 Cannot replay here: ingestion is borrowed from prod");
        assertThat(Files.walk(folder).filter(path -> path.endsWith("replay"))).isEmpty();
        assertThat(verb("status", "dev").fine().out())
                .contains("audit chain holds")
                .containsPattern("ingest .* borrowed from prod")
                .containsPattern("features .* last run ended")
                .doesNotContainPattern("features .* borrowed");
    }

    /** What was made of production's tables is what one makes of the files. */
    @Test
    @Order(2)
    void itsTablesAreThoseOfAnEnvironmentThatIngestsForItself() throws IOException {
        run("alone", "--from", Parcels.FIRST.toString(), "--to", DAY).fine();
        // A name and numbers of versions tell the environments apart
        Set<String> own = Set.of("model_name", "feature_pins");
        Map<String, String> alone = Contents.of(warehouse("alone").resolve("parcels"), own);
        alone.keySet().removeIf(table -> table.startsWith("bronze/") || table.startsWith("quarantine/"));

        assertThat(Contents.of(warehouse("dev").resolve("parcels"), own))
                .containsKeys("features/depot_delays_v2 " + Parcels.FIRST, "scores/slow " + DAY)
                .isEqualTo(alone);
        assertThat(champion("dev.parcels.slow").sha256())
                .isEqualTo(champion("alone.parcels.slow").sha256());
        assertThat(verb("trace", "dev", "scores/slow", "id=" + DAY + "-0", "--json")
                        .fine()
                        .json()
                        .path("files"))
                .isNotEmpty();
    }

    @Test
    @Order(3)
    void aUnitThatProductionHasNotDoneIsNotDoneBehindItsBack() throws IOException {
        Said said = run("dev", "--unit", NEXT.toString());

        assertThat(said.exit()).as(said::toString).isEqualTo(10);
        assertThat(said.err()).contains("prod has not done it");
        assertThat(files(warehouse("prod"))).isEqualTo(production);
    }

    @Test
    @Order(4)
    void aModelOfFeaturesThatProductionDoesNotHaveIsRefused() throws IOException {
        promote().failed(20, "PEN-ENV-012");
        assertThat(promote().err()).contains("features/depot_delays_v2 is not declared here");
        environment("prod", "", CHANGED);
        assertThat(promote().failed(20, "PEN-ENV-012").err()).contains("the newest features were made without it");

        assertThat(files(warehouse("prod"))).isEqualTo(production);
        assertThat(champion("parcels.slow")).isEqualTo(champion);
    }

    @Test
    @Order(5)
    void aPromotionThatIsKilledIsFinishedByTheNextAndThenThereIsNothingLeft() throws IOException {
        run("prod", "--unit", DAY, "--stage", "features").fine();
        Map<String, String> before = files(warehouse("prod"));
        assertThat(promote("--dry-run").fine().out()).contains("would become champion");
        assertThat(files(warehouse("prod"))).isEqualTo(before);

        for (String moment : List.of("import: uploaded", "import: registered")) {
            try (Child child = Child.start("KILL " + moment, promotion())) {
                child.diesOfIt();
            }
            assertThat(champion("parcels.slow")).as(moment).isEqualTo(champion);
        }
        try (Child child = Child.start("KILL import: alias moved", promotion())) {
            child.diesOfIt();
        }
        Said said = promote().fine();
        assertThat(said.out()).contains("is champion now");
        assertThat(said.err()).contains("resuming run");
        assertThat(promote().fine().out()).contains("is champion already");

        ModelRegistry.Version moved = champion("parcels.slow");
        assertThat(moved.sha256()).isEqualTo(champion("dev.parcels.slow").sha256());
        assertThat(moved.version()).isEqualTo("2");
        assertThat(moved.tags()).containsEntry("penstock.source-environment", "dev");
        assertThat(verb("status", "prod").fine().out())
                .contains("audit chain holds")
                .doesNotContain("borrowed")
                .doesNotContain("open:");
        assertThat(verb("model history", "prod").fine().out().lines()).hasSize(2);
    }

    @Test
    @Order(6)
    void productionScoresWithItAndTraceNamesTheTrainingInDev() {
        run("prod", "--unit", NEXT.toString(), "--stage", "ingest,features,score")
                .fine();
        JsonNode model = verb("trace", "prod", "scores/slow", "id=" + NEXT + "-0", "--json")
                .fine()
                .json()
                .path("model");

        assertThat(model.path("version").asText()).isEqualTo("2");
        assertThat(model.path("imported_from").asText()).isEqualTo("dev");
        assertThat(model.path("training_run").asText())
                .isEqualTo(champion("dev.parcels.slow").tags().get("penstock.training_run"));
        assertThat(model.path("training_inputs").toString())
                .contains("bronze/parcels")
                .contains("\"prod\"");
    }

    @Test
    void environmentsThatShareWhatTheyWriteAreRefused() throws IOException {
        Files.writeString(
                conf.resolve("env/same.conf"),
                "penstock { reads = prod, warehouse = \"%s/more\" }".formatted(warehouse("prod")));
        Said said = verb("plan", "same", "--unit", DAY);

        assertThat(said.exit()).as(said::toString).isEqualTo(20);
        assertThat(said.err())
                .contains("PEN-ENV-001")
                .contains("penstock.warehouse")
                .contains("penstock.registry-prefix");
        environment("second", "reads = dev, registry-prefix = \"second.\"", "");
        verb("plan", "second", "--unit", DAY).failed(20, "PEN-ENV-003");
    }

    private static void environment(String name, String more, String features) throws IOException {
        Files.writeString(conf.resolve("env/" + name + ".conf"), """
                penstock { landing = "%s", warehouse = "%s", mlflow = "%s", %s }
                %s""".formatted(
                        folder.resolve("prod/landing"), warehouse(name), mlflow(folder), more, features));
    }

    private static Path warehouse(String environment) {
        return folder.resolve(environment + "/warehouse");
    }

    private static Said sql(String environment, String query) {
        return penstock(
                "sql",
                query,
                "--env",
                environment,
                "--conf-dir",
                conf.toString(),
                "--work",
                folder.resolve("work").toString());
    }

    private static Said promote(String... more) {
        List<String> arguments = promotion();
        arguments.addAll(List.of(more));
        return penstock(arguments.toArray(String[]::new));
    }

    private static List<String> promotion() {
        List<String> arguments = new ArrayList<>(List.of("model", "promote", "parcels", "slow"));
        arguments.addAll(List.of("--from", "dev", "--to", "prod", "--conf-dir", conf.toString()));
        arguments.addAll(List.of("--work", folder.resolve("work").toString()));
        return arguments;
    }

    private static Said run(String environment, String... arguments) {
        return verb("run", environment, arguments);
    }

    private static Said verb(String verb, String environment, String... arguments) {
        List<String> all = new ArrayList<>(List.of(verb.split(" ")));
        all.add("parcels");
        all.addAll(List.of(arguments));
        all.addAll(List.of("--env", environment, "--conf-dir", conf.toString()));
        all.addAll(List.of("--work", folder.resolve("work").toString()));
        return penstock(all.toArray(String[]::new));
    }

    private static ModelRegistry.Version champion(String name) {
        return new MlflowRegistry(mlflow(folder)).resolve(name, "champion").orElseThrow();
    }

    /** Every file below a folder with the hash of its bytes. */
    private static Map<String, String> files(Path root) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(root.relativize(file).toString(), Hashes.sha256(Files.readAllBytes(file)));
            }
        }
        return files;
    }
}
