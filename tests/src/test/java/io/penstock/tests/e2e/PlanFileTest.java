package io.penstock.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.tests.e2e.CommandLine.Said;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plan on the command line: told, written, run, refused. */
class PlanFileTest {
    private static final LocalDate FIRST = Parcels.FIRST;
    private static final LocalDate SECOND = FIRST.plusDays(1);

    @TempDir
    private static Path folder;

    private static Path conf;
    private static Path work;
    private static JsonNode planned;
    private static String text;

    @BeforeAll
    static void oneUnitIsDone() throws IOException {
        conf = Parcels.configuration(folder.resolve("conf"));
        work = folder.resolve("work");
        Parcels.land(work.resolve("landing"), FIRST.plusDays(3));
        penstock("run", FIRST, List.of("--stage", "ingest,features")).fine();
        planned = plan(SECOND, "--json").fine().json();
        text = plan(SECOND).fine().out();
    }

    @Test
    void aPlanEstimatesSecondsAndRowsFromPastManifests() {
        assertThat(planned.path("estimates")).hasSize(2);
        JsonNode ingest = planned.path("estimates").get(0);
        assertThat(ingest.path("stage").asText()).isEqualTo("ingest");
        assertThat(ingest.path("seconds").asDouble()).isPositive();
        assertThat(ingest.path("rows").asLong()).isEqualTo(Parcels.A_DAY);
        assertThat(ingest.path("manifests").asInt()).isEqualTo(1);
        assertThat(planned.path("total").path("units").asInt()).isEqualTo(2);
        assertThat(text)
                .contains("estimate   ingest")
                .contains("of 1 manifests")
                .contains("total ");
    }

    @Test
    void aWrittenPlanIsRunAndThenThereIsNothingToDo() {
        LocalDate day = FIRST.plusDays(2);
        Path file = folder.resolve("third.json");
        JsonNode written = plan(day, "--out", file.toString(), "--json").fine().json();

        JsonNode done = run(file, "--json").fine().json();

        assertThat(written.path("steps").get(0).path("content").asText())
                .as("the hash of what will be taken")
                .hasSize(64);
        assertThat(done.path("manifests").findValuesAsText("stage")).containsExactly("ingest", "features");
        assertThat(done.path("manifests").findValuesAsText("unit")).containsOnly(day.toString());
        assertThat(run(file).fine().err()).contains("nothing to do");
        assertThat(run(file, "--set", "sources.parcels.null-values=[\"\", NA, nobody]")
                        .failed(20, "PEN-RUN-062")
                        .err())
                .contains("ingest " + day);
        assertThat(run(file, "--set", "penstock.warehouse=" + folder.resolve("elsewhere"))
                        .failed(20, "PEN-RUN-061")
                        .err())
                .contains("another warehouse");
    }

    @Test
    void whatIsNoPlanIsRefused() throws IOException {
        Path other = Files.writeString(folder.resolve("other.json"), "{\"format\": 7}");
        Path no = Files.writeString(folder.resolve("no.json"), "not a plan");

        for (Path file : List.of(other, no, folder.resolve("none.json"))) {
            assertThat(run(file).failed(20, "PEN-RUN-060").err()).contains(file.toString());
        }
    }

    @Test
    void aPlanSaysItselfWhatRuns() {
        Path file = folder.resolve("any.json");
        plan(SECOND, "--out", file.toString()).fine();

        assertThat(run(file, "--again").exit()).isEqualTo(2);
        assertThat(run(file, "--unit", SECOND.toString()).exit()).isEqualTo(2);
    }

    private static Said plan(LocalDate day, String... more) {
        List<String> arguments = new ArrayList<>(List.of("--stage", "ingest,features"));
        arguments.addAll(List.of(more));
        return penstock("plan", day, arguments);
    }

    private static Said penstock(String verb, LocalDate day, List<String> more) {
        List<String> arguments = new ArrayList<>(List.of(verb, "parcels", "--unit", day.toString()));
        arguments.addAll(more);
        arguments.addAll(where());
        return CommandLine.penstock(arguments.toArray(String[]::new));
    }

    private static Said run(Path plan, String... more) {
        List<String> arguments = new ArrayList<>(List.of("run", "parcels", "--plan", plan.toString()));
        arguments.addAll(List.of(more));
        arguments.addAll(where());
        return CommandLine.penstock(arguments.toArray(String[]::new));
    }

    private static List<String> where() {
        return List.of(
                "--work",
                work.toString(),
                "--conf-dir",
                conf.toString(),
                "--set",
                "penstock.mlflow=http://127.0.0.1:1");
    }
}
