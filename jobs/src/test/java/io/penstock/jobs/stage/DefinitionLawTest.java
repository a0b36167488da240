package io.penstock.jobs.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.history.History;
import io.penstock.jobs.run.Planner;
import io.penstock.jobs.run.StageJob;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever a stage reads was made by the definition in force, over random sequences of changed definitions, models that come
 * and go, single stages and single units; else it is blocked, and the plan says by what. The jobs are the real ones, and
 * what they do is noted instead of done. What is in force is told by the settings, not by recipes.
 */
class DefinitionLawTest {
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));
    private static final UnitId FIRST = UnitId.of(LocalDate.of(2013, 12, 22));
    private static final UnitId TRAINING = UnitId.of(LocalDate.of(2013, 12, 25));
    private static final UnitId LAST = UnitId.of(LocalDate.of(2013, 12, 26));
    private static final List<String> STAGES =
            List.of("ingest", "features", "training-set", "train", "promote", "score", "evaluate");
    private static final int HISTORIES = 6;
    private static final int CHANGES = 40;

    private static final Map<Map<String, String>, PipelineConfig> LOADED = new HashMap<>();

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = 1)
    void whatIsReadWasMadeByTheDefinitionInForce(long seed) {
        Random random = new Random(seed);
        int run = 0;
        int blocked = 0;
        for (int i = 0; i < HISTORIES; i++) {
            World world = new World();
            for (int change = 0; change < CHANGES; change++) {
                world.change(random);
                world.run(random);
            }
            run += world.run;
            blocked += world.blocked;
        }
        assertThat(run).as("steps that ran").isGreaterThan(500);
        assertThat(blocked).as("steps that were blocked by a definition").isGreaterThan(25);
    }

    @Tag("full")
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {2, 3})
    void whatIsReadWasMadeByTheDefinitionInForceInMoreHistories(long seed) {
        whatIsReadWasMadeByTheDefinitionInForce(seed);
    }

    /** What is declared, by what it decides: what a stage's definition is can be read off it. */
    private record Declared(
            int nulls,
            int age,
            int version,
            int matures,
            int test,
            int depth,
            int gate,
            boolean second,
            boolean other) {
        PipelineConfig config() {
            Map<String, String> settings = new TreeMap<>();
            settings.put("sources.weather.null-values", "[\"\", NA, n" + nulls + "]");
            settings.put("features.origin_weather.max-age", (3 + age) + "h");
            settings.put("features.origin_weather.version", String.valueOf(version));
            settings.put("models.late.label.matures-after", (1 + matures) + "d");
            settings.put("models.late.training.test-from", "2013-12-0" + (1 + test));
            settings.put("models.late.training.params.max_depth", String.valueOf(3 + depth));
            settings.put("models.late.gate.auc.at-least", "0.5" + gate);
            PipelineConfig loaded = LOADED.computeIfAbsent(
                    settings,
                    given -> ConfigLoader.load(HOME.resolve("conf"), "flight-delay", "local", given, Map.of()));
            Map<String, ModelSpec> models = new LinkedHashMap<>(loaded.models());
            ModelSpec late = loaded.models().get("late");
            if (second) {
                models.put("second", ChangeTest.named(late, "second"));
            }
            if (other) {
                models.put("other", ChangeTest.spine(ChangeTest.named(late, "other"), "outcomes"));
            }
            return ChangeTest.models(loaded, models);
        }

        /** What decides what a stage makes, and of what. */
        Object of(Stage stage, String subject) {
            boolean isWeather = subject.startsWith("origin_weather");
            if (stage.equals(Stage.INGEST)) {
                return nulls;
            }
            if (stage.equals(Stage.FEATURES)) {
                return isWeather ? List.of(nulls, age, version) : List.of();
            }
            if (stage.equals(Stage.TRAINING_SET)) {
                return List.of(nulls, age, version, matures, test);
            }
            if (stage.equals(Stage.TRAIN)) {
                return List.of(nulls, age, version, matures, test, depth);
            }
            return List.of();
        }

        /** The view as such, whatever contract the rows of earlier units were taken by. */
        List<Integer> view(String subject) {
            return subject.startsWith("origin_weather") ? List.of(age, version) : List.of();
        }
    }

    private record Key(Stage stage, String subject, UnitId unit) {}

    /** @param asked spines whose rows the features were asked by */
    private record Made(Declared by, Set<String> asked) {}

    private static final class World {
        private final List<ManifestHead> heads = new ArrayList<>();
        private final Map<Key, Made> made = new HashMap<>();
        private Declared declared = new Declared(0, 0, 1, 0, 0, 0, 0, false, false);
        private int versions = 1;
        private int run;
        private int blocked;

        void change(Random random) {
            Declared d = declared;
            declared = switch (random.nextInt(12)) {
                case 0 -> with(random.nextInt(2), d.age, d.version, d.matures, d.test, d.depth, d.gate);
                case 1 -> // another definition is another version
                    with(d.nulls, random.nextInt(2), ++versions, d.matures, d.test, d.depth, d.gate);
                case 2 -> with(d.nulls, d.age, d.version, random.nextInt(2), d.test, d.depth, d.gate);
                case 3 -> with(d.nulls, d.age, d.version, d.matures, random.nextInt(2), d.depth, d.gate);
                case 4, 5 -> with(d.nulls, d.age, d.version, d.matures, d.test, random.nextInt(2), d.gate);
                case 6 -> with(d.nulls, d.age, d.version, d.matures, d.test, d.depth, random.nextInt(2));
                case 7 ->
                    new Declared(
                            d.nulls,
                            d.age,
                            d.version,
                            d.matures,
                            d.test,
                            d.depth,
                            d.gate,
                            random.nextBoolean(),
                            d.other);
                case 8 ->
                    new Declared(
                            d.nulls,
                            d.age,
                            d.version,
                            d.matures,
                            d.test,
                            d.depth,
                            d.gate,
                            d.second,
                            random.nextBoolean());
                default -> d;
            };
        }

        private Declared with(int nulls, int age, int version, int matures, int test, int depth, int gate) {
            return new Declared(nulls, age, version, matures, test, depth, gate, declared.second, declared.other);
        }

        void run(Random random) {
            PipelineConfig config = declared.config();
            List<String> stages = random.nextInt(3) == 0
                    ? STAGES
                    : STAGES.stream().filter(stage -> random.nextInt(3) == 0).toList();
            UnitId from = FIRST.plusDays(random.nextInt(5));
            UnitId to = random.nextBoolean() ? from : LAST;
            if (stages.isEmpty()) {
                return;
            }
            List<Unit> units = config.schedule().units(from, to);
            List<StageJob> jobs = Stages.jobs(config, stages);
            Set<UnitId> asked = new TreeSet<>();
            units.forEach(unit -> asked.add(unit.id()));
            History history = history();
            for (Planner.Step step : new Planner(config.schedule(), history, false).plan(jobs, units)) {
                if (step.decision() == Planner.Decision.BLOCKED) {
                    blocked += step.reason().startsWith("PEN-RUN-070") ? 1 : 0;
                    assertThat(step.reason()).as(step.toString()).isNotBlank();
                } else if (step.runs()) {
                    StageJob job = jobs.stream()
                            .filter(one -> one.stage().equals(step.stage())
                                    && one.subject().equals(step.subject()))
                            .findFirst()
                            .orElseThrow();
                    requireInForce(config, job, step.unit(), asked.contains(step.unit()));
                    note(config, job, step);
                    run++;
                }
            }
        }

        private void requireInForce(PipelineConfig config, StageJob job, UnitId unit, boolean isAsked) {
            Stage stage = job.stage();
            if (stage.equals(Stage.INGEST)) {
                return;
            }
            boolean isOfBronze = !stage.equals(Stage.TRAIN) && !stage.equals(Stage.PROMOTE);
            if (isOfBronze && isAsked) { // what a training needs of earlier units is made of what these took
                requireBy(job, Stage.INGEST, "", unit);
            }
            if (stage.equals(Stage.TRAIN)) {
                requireBy(job, Stage.TRAINING_SET, job.subject(), unit);
            } else if (stage.equals(Stage.PROMOTE)) {
                requireBy(job, Stage.TRAIN, job.subject(), unit);
            } else if (stage.equals(Stage.SCORE) || stage.equals(Stage.TRAINING_SET)) {
                ModelSpec model = config.models().get(job.subject());
                for (String name : model.views()) {
                    String view = config.features().get(name).table();
                    requireBy(job, Stage.FEATURES, view, unit);
                    requireAsked(job, model, view, unit);
                    if (stage.equals(Stage.TRAINING_SET)) {
                        requireBefore(job, model, view, unit);
                    }
                }
            }
        }

        private void requireBy(StageJob job, Stage stage, String subject, UnitId unit) {
            Made input = made.get(new Key(stage, subject, unit));
            assertThat(input)
                    .as("%s %s of %s reads %s %s", job.stage(), job.subject(), unit, stage, subject)
                    .isNotNull();
            assertThat(input.by().of(stage, subject))
                    .as("%s %s of %s reads %s %s", job.stage(), job.subject(), unit, stage, subject)
                    .isEqualTo(declared.of(stage, subject));
        }

        private void requireAsked(StageJob job, ModelSpec model, String view, UnitId unit) {
            assertThat(made.get(new Key(Stage.FEATURES, view, unit)).asked())
                    .as("%s %s of %s reads %s", job.stage(), job.subject(), unit, view)
                    .contains(model.spine().from());
        }

        /** Of all units that have features there is this view too, by this definition. */
        private void requireBefore(StageJob job, ModelSpec model, String view, UnitId upTo) {
            made.keySet().stream()
                    .filter(key ->
                            key.stage().equals(Stage.FEATURES) && !key.unit().isAfter(upTo))
                    .map(Key::unit)
                    .distinct()
                    .forEach(unit -> {
                        assertThat(made).containsKey(new Key(Stage.FEATURES, view, unit));
                        requireAsked(job, model, view, unit);
                        assertThat(made.get(new Key(Stage.FEATURES, view, unit))
                                        .by()
                                        .view(view))
                                .as("%s %s of %s reads %s of %s", job.stage(), job.subject(), upTo, view, unit)
                                .isEqualTo(declared.view(view));
                    });
        }

        private void note(PipelineConfig config, StageJob job, Planner.Step step) {
            Set<String> asked = new TreeSet<>();
            Map<String, String> facts = Map.of();
            if (job instanceof FeaturesJob view) {
                asked.addAll(view.spines());
                facts = view.facts();
            }
            made.put(new Key(job.stage(), job.subject(), step.unit()), new Made(declared, asked));
            heads.add(ManifestHead.of(new Manifest(
                    config.pipeline(),
                    job.stage(),
                    job.subject(),
                    step.unit(),
                    "r" + heads.size(),
                    Manifest.Status.DONE,
                    job.recipe().sha256(),
                    job.stage().equals(Stage.INGEST)
                            ? "files"
                            : job.inputContent(config.schedule().unit(step.unit()), history())
                                    .orElse(""),
                    List.of(),
                    List.<Pin>of(),
                    List.of(),
                    Map.of(),
                    facts,
                    Map.of(),
                    Instant.EPOCH,
                    Instant.EPOCH,
                    "tests",
                    "")));
        }

        private History history() {
            return new History(List.copyOf(heads), List.of(), List.of());
        }
    }
}
