package io.penstock.jobs.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.InMemoryManifestStore;
import io.penstock.core.Intent;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SpineSpec;
import io.penstock.core.history.History;
import io.penstock.jobs.run.Planner;
import io.penstock.jobs.run.StageJob;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a change of the example pipeline makes run again: the table in {@code docs/concepts.md}, line by line. */
class ChangeTest {
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));
    private static final UnitId TRAINING = UnitId.of(LocalDate.of(2013, 12, 25));

    private final InMemoryManifestStore store = new InMemoryManifestStore();
    private PipelineConfig config;
    private List<Unit> units;

    @BeforeEach
    void everyStageIsDoneForEightDays() {
        config = config(Map.of());
        units = config.schedule().units(UnitId.of(LocalDate.of(2013, 12, 20)), UnitId.of(LocalDate.of(2013, 12, 27)));
        for (Unit unit : units) {
            finish(Stages.jobs(config, List.of()), unit, "jar 1");
        }
        assertThat(runs(config)).isEmpty();
    }

    @ParameterizedTest(name = "{0}: {2}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            a comment             | sources.outcomes.comment=words              | nothing
            where files land      | "sources.weather.path=w/landed={landed}/*"  | nothing
            the owner             | owner=somebody                              | nothing
            a training setting    | models.late.training.rounds=7               | train 1, promote 1
            a booster parameter   | models.late.training.params.max_depth=3     | train 1, promote 1
            the gate              | models.late.gate.auc.at-least=0.5           | promote 1
            the reasons           | models.late.scoring.reasons=3               | score 3
            when labels mature    | models.late.label.matures-after=1d          | training-set 1, train 1, promote 1, evaluate 2
            where the test begins | "models.late.training.test-from=2013-12-01" | training-set 1, train 1, promote 1
            a source's limit      | sources.weather.max-reject-rate=0.5         | nothing
            what no rows come to  | sources.weather.on-no-rows=refuse           | nothing
            what is monitored     | models.late.monitoring.score-shift.then=refuse | nothing
            a source's contract   | sources.weather.null-values=[x]             | ingest 8, features 8, training-set 1, train 1, promote 1
            what is a withdrawal  | "sources.outcomes.delete-when=arr_delay is null" | ingest 8, features 8, training-set 1, train 1, promote 1
            a view's version      | features.route_delays.version=2             | features 8, training-set 1, train 1, promote 1
            """)
    void whatRunsAgain(String what, String change, String expected) {
        int equals = change.indexOf('=');
        PipelineConfig changed = config(Map.of(change.substring(0, equals), change.substring(equals + 1)));

        assertThat(runs(changed).isEmpty() ? "nothing" : String.join(", ", runs(changed)))
                .isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}: {2}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            a comment                | models.late.comment=words                               | nothing
            the gate                 | models.late.gate.auc.at-least=0.5                       | train 1
            a training setting       | models.late.training.rounds=7                           | train 1
            when it is asked         | "models.late.spine.as-of=scheduled_departure"           | training-set 1, train 1
            a view's definition      | features.origin_weather.max-age=3h                      | training-set 1, train 1
            when outcomes are known  | sources.outcomes.known-at=landed                        | ingest 8, training-set 1, train 1
            """)
    void whatRunsAgainOfABacktest(String what, String change, String expected) {
        config = ConfigLoader.load(HOME.resolve("conf"), "flight-delay-2h", "local", Map.of(), Map.of());
        for (Unit unit : units) {
            finish(Stages.jobs(config, List.of()), unit, "jar 1");
        }
        int equals = change.indexOf('=');
        PipelineConfig changed = ConfigLoader.load(
                HOME.resolve("conf"),
                "flight-delay-2h",
                "local",
                Map.of(change.substring(0, equals), change.substring(equals + 1)),
                Map.of());

        assertThat(runs(config)).isEmpty();
        assertThat(runs(changed).isEmpty() ? "nothing" : String.join(", ", runs(changed)))
                .isEqualTo(expected);
    }

    @Test
    void anotherJarRunsNothing() {
        Unit next = config.schedule().unit(UnitId.of(LocalDate.of(2013, 12, 28)));
        finish(Stages.jobs(config, List.of()), next, "jar 2");

        assertThat(plan(config, List.of(next)))
                .extracting(Planner.Step::decision)
                .containsOnly(Planner.Decision.UNCHANGED);
    }

    @Test
    void aNewVersionOfAViewIsBuiltForAllUnitsWhereAModelTrains() {
        PipelineConfig raised = config(Map.of("features.route_delays.version", "2"));
        Unit training = raised.schedule().unit(TRAINING);

        List<Planner.Step> steps = plan(raised, List.of(training));

        assertThat(steps.stream().filter(step -> step.stage().equals(Stage.FEATURES)))
                .filteredOn(step -> step.subject().equals("route_delays_v2"))
                .hasSize(6)
                .allMatch(step -> step.decision() == Planner.Decision.RUN)
                .filteredOn(step -> !step.unit().equals(TRAINING))
                .allMatch(step -> step.reason().equals("lacks features/route_delays_v2, which late trains on"));
        assertThat(steps.stream().filter(step -> step.stage().equals(Stage.FEATURES)))
                .filteredOn(step -> !step.subject().equals("route_delays_v2"))
                .as("the other views stay")
                .allMatch(step -> step.decision() == Planner.Decision.UNCHANGED);
        assertThat(steps.stream().filter(step -> step.stage().equals(Stage.SCORE)))
                .as("published scores stay")
                .allMatch(step -> step.decision() == Planner.Decision.UNCHANGED);
    }

    @Test
    void aViewThatChangesUnderItsVersionIsRefusedByThePlan() {
        PipelineConfig changed =
                config(Map.of("features.route_delays.from", "outcomes", "features.route_delays.where", "status = 'x'"));

        assertThatThrownBy(() -> plan(changed, units))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-CFG-030")
                .hasMessageContaining("route_delays_v1");
    }

    /** Where no scale was declared it was 4; tables are continued by it, and never with another meaning. */
    @Test
    void aTableOfFractionsIsContinuedByItsScaleOnly() {
        String usual = "features.route_delays.aggregate.usual";
        PipelineConfig before = config(Map.of(usual, "{ mean = arr_delay, over = [1d], scale = 4 }"));
        PipelineConfig undeclared = config(Map.of(usual, "{ mean = arr_delay, over = [1d] }"));
        config = before;
        Unit next = config.schedule().unit(UnitId.of(LocalDate.of(2013, 12, 28)));
        finish(Stages.jobs(before, List.of()), next, "jar 1");

        assertThat(FeaturesJob.definition(before.features().get("route_delays")))
                .isEqualTo("01258437717f0685");
        assertThatThrownBy(() -> plan(undeclared, List.of(next)))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-CFG-030")
                .hasMessageContaining("scale = 4");
    }

    @Test
    void aRefusedUnitThatIsMendedRunsTheUnitsAfterItToo() {
        Unit broken = config.schedule().unit(UnitId.of(LocalDate.of(2013, 12, 26)));
        StageJob ingest = Stages.jobs(config, List.of("ingest")).get(0);
        Intent intent = intent(ingest, broken);
        store.open(intent);
        store.finish(intent, List.of(manifest(ingest, intent, broken, Manifest.Status.REFUSED, "jar 1")), List.of());

        assertThat(runs(config)).containsExactly("ingest 1", "features 2", "score 2", "evaluate 1");
    }

    @Test
    void anotherModelOverTheSameSpineAndViewsLeavesTheFirstAsItIs() {
        PipelineConfig two = with(config, "second", model -> model);

        assertThat(plan(two, units))
                .filteredOn(step -> !step.subject().equals("second"))
                .extracting(Planner.Step::decision)
                .containsOnly(Planner.Decision.UNCHANGED);
        assertThat(plan(two, units))
                .filteredOn(step -> step.subject().equals("second") && step.runs())
                .extracting(step -> step.stage().id())
                .contains("training-set", "train", "promote", "score");
    }

    @Test
    void aModelOfAnotherSpineAddsTheEntitiesThatAreMissingAndLeavesTheFirstAsItIs() {
        PipelineConfig two = with(config, "second", model -> spine(model, "outcomes"));

        List<Planner.Step> steps = plan(two, units);

        assertThat(steps)
                .filteredOn(step -> step.subject().equals("late"))
                .extracting(Planner.Step::decision)
                .containsOnly(Planner.Decision.UNCHANGED);
        assertThat(steps)
                .filteredOn(step -> step.subject().equals("route_delays_v1"))
                .extracting(Planner.Step::reason)
                .containsOnly("lacks the entities of outcomes, which second asks for");
        finishFeatures(two);
        assertThat(plan(config, units))
                .as("when it is taken away again")
                .extracting(Planner.Step::decision)
                .containsOnly(Planner.Decision.UNCHANGED);
    }

    @Test
    void aModelWithoutViewsTrainsAndScores() {
        PipelineConfig bare =
                with(config, "bare", model -> model.withViews(List.of())).withViews(Set.of());
        assertThat(bare.models()).as("models without views are no users of any").isEmpty();
        PipelineConfig only = only(config, config.models().get("late").withViews(List.of()));

        assertThat(plan(only, units))
                .filteredOn(step -> step.runs())
                .extracting(step -> step.stage().id())
                .contains("training-set", "train", "promote")
                .doesNotContain("features");
        assertThat(plan(only, units)).noneMatch(step -> step.decision() == Planner.Decision.BLOCKED);
    }

    @Test
    void whatAnExperimentTrainedIsNotPromotedByAnotherDefinition() {
        PipelineConfig experiment = config(Map.of("models.late.training.params.max_depth", "3"));
        Unit training = config.schedule().unit(TRAINING);
        PipelineConfig gate = config(Map.of("models.late.gate.auc.at-least", "0.5"));
        finish(Stages.jobs(experiment, List.of("train")), training, "jar 1");
        Map<String, String> recipes = new LinkedHashMap<>();
        Stages.jobs(experiment, List.of())
                .forEach(job -> recipes.put(job.recipe().sha256(), job.recipe().json()));

        List<Planner.Step> steps = new Planner(
                        gate.schedule(),
                        History.of(store),
                        (stage, subject, unit, last) -> false,
                        sha256 -> Optional.ofNullable(recipes.get(sha256)))
                .plan(Stages.jobs(gate, List.of("promote")), List.of(training));

        assertThat(steps).hasSize(1);
        assertThat(steps.get(0).decision()).isEqualTo(Planner.Decision.BLOCKED);
        assertThat(steps.get(0).reason())
                .startsWith("PEN-RUN-070 train late was made by another definition (params.max_depth 3 → ")
                .endsWith("): run --stage train for this unit first");
        assertThat(plan(config, List.of(training)))
                .as("what was promoted before is the definition's own")
                .filteredOn(step -> step.stage().equals(Stage.PROMOTE))
                .allMatch(step -> step.decision() == Planner.Decision.UNCHANGED);
    }

    @Test
    void aSetOfAnotherDefinitionIsNotTrainedOn() {
        PipelineConfig later = config(Map.of("models.late.training.test-from", "2013-12-01"));

        assertThat(new Planner(later.schedule(), History.of(store), false)
                        .plan(
                                Stages.jobs(later, List.of("train")),
                                List.of(later.schedule().unit(TRAINING))))
                .extracting(step -> step.decision() + " " + step.reason())
                .containsExactly("BLOCKED PEN-RUN-070 training-set late was made by another definition:"
                        + " run --stage training-set for this unit first");
    }

    @Test
    void theNumberOfTheFeaturesMakesSetsAgainOfBacktestsToo() {
        PipelineConfig backtest =
                ConfigLoader.load(HOME.resolve("conf"), "flight-delay-2h", "local", Map.of(), Map.of());

        for (PipelineConfig one : List.of(config, backtest)) {
            ModelSpec model = one.models().get("late");
            assertThat(TrainingSetJob.recipeOf(one, model, FeaturesJob.LOGIC_VERSION + 1))
                    .as(one.pipeline())
                    .isNotEqualTo(TrainingSetJob.recipeOf(one, model, FeaturesJob.LOGIC_VERSION));
        }
    }

    private void finishFeatures(PipelineConfig of) {
        for (Unit unit : units) {
            finish(Stages.jobs(of, List.of("features")), unit, "jar 1");
        }
    }

    private static PipelineConfig with(PipelineConfig config, String name, UnaryOperator<ModelSpec> change) {
        Map<String, ModelSpec> models = new LinkedHashMap<>(config.models());
        ModelSpec late = config.models().get("late");
        models.put(name, change.apply(named(late, name)));
        return models(config, models);
    }

    private static PipelineConfig only(PipelineConfig config, ModelSpec model) {
        return models(config, Map.of(model.name(), model));
    }

    static PipelineConfig models(PipelineConfig config, Map<String, ModelSpec> models) {
        return new PipelineConfig(
                config.pipeline(),
                config.owner(),
                config.description(),
                config.schedule(),
                config.locations(),
                config.sources(),
                config.features(),
                models,
                config.airflow(),
                config.files(),
                config.base());
    }

    static ModelSpec named(ModelSpec model, String name) {
        return new ModelSpec(
                name,
                model.backtest(),
                model.spine(),
                model.label(),
                model.views(),
                model.rows(),
                model.training(),
                model.gate(),
                model.scoring(),
                model.comment());
    }

    static ModelSpec spine(ModelSpec model, String source) {
        return new ModelSpec(
                model.name(),
                model.backtest(),
                new SpineSpec(source, model.spine().asOf(), model.spine().hold()),
                model.label(),
                model.views(),
                model.rows(),
                model.training(),
                model.gate(),
                model.scoring(),
                model.comment());
    }

    private List<String> runs(PipelineConfig changed) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        plan(changed, units).stream()
                .filter(step -> step.decision() == Planner.Decision.RUN)
                .map(step -> step.stage().id() + " " + step.unit())
                .distinct()
                .forEach(step -> counts.merge(step.substring(0, step.indexOf(' ')), 1, Integer::sum));
        return counts.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .toList();
    }

    private List<Planner.Step> plan(PipelineConfig changed, List<Unit> asked) {
        return new Planner(changed.schedule(), History.of(store), false).plan(Stages.jobs(changed, List.of()), asked);
    }

    private static PipelineConfig config(Map<String, String> overrides) {
        return ConfigLoader.load(HOME.resolve("conf"), "flight-delay", "local", overrides, Map.of());
    }

    private void finish(List<StageJob> jobs, Unit unit, String jar) {
        for (StageJob job : jobs) {
            if (job.takes(unit)) {
                Intent intent = intent(job, unit);
                store.open(intent);
                List<LedgerEntry> ledger = new ArrayList<>();
                if (job.stage().equals(Stage.INGEST)) {
                    ledger.add(new LedgerEntry(
                            "outcomes", path(unit), "f", 1, 0, "ab", "taken", unit.id(), intent.runId(), 1, 1, null));
                }
                store.finish(intent, List.of(manifest(job, intent, unit, Manifest.Status.DONE, jar)), ledger);
            }
        }
    }

    private static String path(Unit unit) {
        return "outcomes/" + unit + ".csv";
    }

    private Intent intent(StageJob job, Unit unit) {
        return new Intent(
                config.pipeline(),
                job.stage(),
                job.subject(),
                "r" + store.manifests().size(),
                List.of(unit.id()),
                job.recipe().sha256(),
                Map.of(),
                Map.of(),
                Map.of(),
                Instant.EPOCH,
                "open");
    }

    private Manifest manifest(StageJob job, Intent intent, Unit unit, Manifest.Status status, String jar) {
        return new Manifest(
                config.pipeline(),
                job.stage(),
                job.subject(),
                unit.id(),
                intent.runId(),
                status,
                intent.recipe(),
                job.inputContent(unit, History.of(store)).orElse("files of " + unit),
                List.of(new Pin.FilePin("outcomes", path(unit), 1, "ab")),
                List.of(),
                List.of(),
                Map.of(),
                job instanceof FeaturesJob features ? features.facts() : Map.of(),
                Map.of("jar", jar),
                Instant.EPOCH,
                Instant.EPOCH,
                "tests",
                "");
    }
}
