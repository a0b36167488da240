package io.penstock.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.Clock;
import io.penstock.core.ErrorCode;
import io.penstock.core.ExitCode;
import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.Verdict;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.history.History;
import io.penstock.ingestion.take.UnitInputs;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.report.RunListener;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stages that need no Spark, run for real. */
class ExecutorTest {
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));

    @TempDir
    private Path folder;

    @Test
    void aFirstTrainingThatIsRefusedEndsWithTheRefusalNotWithTheModelThatIsMissing() {
        Executor.Result result = run(new Job(Stage.TRAINING_SET, "late", true), new Job(Stage.SCORE, "late", false));

        assertThat(result.exit()).isEqualTo(ExitCode.REFUSED);
        assertThat(result.messages()).hasSize(2);
        assertThat(result.messages().get(0)).contains("training-set late", "all labels are alike");
        assertThat(result.messages().get(1)).startsWith("PEN-ML-014 score late did not run");
        assertThat(result.manifests()).extracting(Manifest::status).containsExactly(Manifest.Status.REFUSED);
    }

    @Test
    void anotherModelsRefusalExcusesNothing() {
        assertThatThrownBy(() -> run(new Job(Stage.TRAINING_SET, "other", true), new Job(Stage.SCORE, "late", false)))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ML-014");
    }

    /** What planning finds out meanwhile, or another execution of the same job, changes nothing of it. */
    @Test
    void aStageIsGivenTheInputsThatItsIntentPins() {
        Taking job = new Taking(new ArrayList<>(), new ArrayList<>());

        run(job);

        assertThat(job.computed()).hasSize(1);
        assertThat(job.given()).singleElement().isSameAs(job.computed().get(0));
    }

    @Test
    void aListenerHearsOfEachStageInOrderAndOfTheEndOfARunThatFails() {
        assertThatThrownBy(() -> run(new Job(Stage.TRAINING_SET, "other", true), new Job(Stage.SCORE, "late", false)))
                .hasMessageContaining("PEN-ML-014");

        assertThat(heard)
                .containsExactly(
                        "started training-set other",
                        "refused training-set other",
                        "started score late",
                        "failed score late PEN-ML-014",
                        "finished");
    }

    private final List<String> heard = new ArrayList<>();

    private final class Heard implements RunListener {
        @Override
        public void started(Intent intent) {
            heard.add("started " + intent.stage().of(intent.subject()));
        }

        @Override
        public void published(Manifest manifest) {
            heard.add("published " + manifest.stage().of(manifest.subject()));
        }

        @Override
        public void refused(Manifest manifest) {
            heard.add("refused " + manifest.stage().of(manifest.subject()));
        }

        @Override
        public void failed(Intent intent, Exception failure) {
            heard.add("failed " + intent.stage().of(intent.subject()) + " " + ((PenstockException) failure).code());
        }

        @Override
        public void finished(String runId) {
            heard.add("finished");
        }
    }

    private Executor.Result run(StageJob... jobs) {
        PipelineConfig config = ConfigLoader.load(
                HOME.resolve("conf"), "flight-delay", "local", Map.of("penstock.work", folder.toString()), Map.of());
        Session session = new Session(config, List.of(jobs), Progress.silent());
        return new Executor(session, Clock.system(), List.of(new Heard()))
                .run(List.of(jobs), List.of(config.schedule().unit(LocalDate.of(2013, 12, 25))), false);
    }

    /** Is refused, or finds no model. */
    private record Job(Stage stage, String subject, boolean isRefused) implements StageJob {
        @Override
        public Recipe recipe() {
            return Recipe.of(stage, 1, Map.of());
        }

        @Override
        public boolean takes(Unit unit) {
            return true;
        }

        @Override
        public List<Need> needs() {
            return List.of();
        }

        @Override
        public Optional<String> inputContent(Unit unit, History history) {
            return Optional.empty();
        }

        @Override
        public List<String> outputs() {
            return List.of();
        }

        @Override
        public Outcome execute(List<Unit> units, Intent intent, UnitInputs taken, StageContext work) {
            if (!isRefused) {
                throw new PenstockException(ErrorCode.NO_CHAMPION, "No version", "mlflow", "Train one");
            }
            Verdict verdict =
                    new Verdict("training/late_set", "mean", Verdict.Outcome.FAILED, 1, "all labels are alike");
            return new Outcome(
                    List.of(new UnitResult(
                            units.get(0),
                            Manifest.Status.REFUSED,
                            "",
                            List.of(),
                            List.of(),
                            List.of(verdict),
                            Map.of(),
                            Map.of())),
                    List.of());
        }
    }

    /** Takes a file, and is refused. */
    private record Taking(List<UnitInputs> computed, List<UnitInputs> given) implements StageJob {
        private static final Pin.FilePin FILE = new Pin.FilePin("orders", "a.csv", 1, "");

        @Override
        public Stage stage() {
            return Stage.INGEST;
        }

        @Override
        public String subject() {
            return "";
        }

        @Override
        public Recipe recipe() {
            return Recipe.of(Stage.INGEST, 1, Map.of());
        }

        @Override
        public boolean takes(Unit unit) {
            return true;
        }

        @Override
        public List<Need> needs() {
            return List.of();
        }

        @Override
        public Optional<String> inputContent(Unit unit, History history) {
            return Optional.empty();
        }

        @Override
        public List<String> outputs() {
            return List.of();
        }

        @Override
        public UnitInputs inputs(List<Unit> units, History history) {
            computed.add(new UnitInputs(Map.of(units.get(0).id(), List.of(FILE)), Map.of(), List.of(), List.of()));
            return computed.get(computed.size() - 1);
        }

        @Override
        public Outcome execute(List<Unit> units, Intent intent, UnitInputs taken, StageContext work) {
            given.add(taken);
            assertThat(intent.files()).isEqualTo(taken.files());
            Verdict verdict = new Verdict("bronze/orders", "mean", Verdict.Outcome.FAILED, 1, "too few");
            return new Outcome(
                    List.of(new UnitResult(
                            units.get(0),
                            Manifest.Status.REFUSED,
                            "",
                            List.of(),
                            List.of(),
                            List.of(verdict),
                            Map.of(),
                            Map.of())),
                    List.of());
        }
    }
}
