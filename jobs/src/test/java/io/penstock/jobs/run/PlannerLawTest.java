package io.penstock.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.Recipe;
import io.penstock.core.Schedule;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.history.History;
import io.penstock.ingestion.take.UnitInputs;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The plan of all stages is what a naive run does that looks at each unit when its turn has come, on thousands of generated
 * histories: files replaced, definitions changed and changed back, units left out, refused and mended, runs that died.
 */
class PlannerLawTest {
    private static final Schedule SCHEDULE = new Schedule(1, LocalTime.of(8, 0), ZoneOffset.UTC);
    private static final List<Unit> UNITS =
            SCHEDULE.units(UnitId.of(LocalDate.of(2024, 3, 1)), UnitId.of(LocalDate.of(2024, 3, 7)));
    private static final Map<Stage, List<Stage>> NEEDS = new LinkedHashMap<>();
    private static final int HISTORIES = 500;
    private static final int CHANGES = 8;

    static {
        NEEDS.put(Stage.INGEST, List.of());
        NEEDS.put(Stage.FEATURES, List.of(Stage.INGEST));
        NEEDS.put(Stage.TRAINING_SET, List.of(Stage.FEATURES));
        NEEDS.put(Stage.TRAIN, List.of(Stage.TRAINING_SET));
        NEEDS.put(Stage.SCORE, List.of(Stage.FEATURES));
        NEEDS.put(Stage.EVALUATE, List.of(Stage.INGEST));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    void aPlanIsWhatANaiveRunDoes(long seed) {
        Random random = new Random(seed);
        int leftSomething = 0;
        for (int i = 0; i < HISTORIES; i++) {
            World world = new World();
            for (int change = 0; change < CHANGES; change++) {
                String what = world.change(random);
                List<Unit> asked = some(random);
                List<Stage> stages = NEEDS.keySet().stream()
                        .filter(stage -> random.nextInt(5) > 0)
                        .toList();
                boolean again = random.nextInt(8) == 0;

                TreeSet<String> planned = world.planned(stages, asked, again);

                assertThat(planned)
                        .as("history %d, change %d: %s; %s of %s", i, change, what, stages, asked)
                        .isEqualTo(world.run(stages, asked, again));
                leftSomething += planned.isEmpty() ? 0 : 1;
            }
        }
        assertThat(leftSomething).isGreaterThan(HISTORIES * CHANGES * 3 / 4);
    }

    @Tag("full")
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {3, 4, 5, 6})
    void aPlanIsWhatANaiveRunDoesInMoreHistories(long seed) {
        aPlanIsWhatANaiveRunDoes(seed);
    }

    private static List<Unit> some(Random random) {
        int from = random.nextInt(UNITS.size());
        return UNITS.subList(from, from + 1 + random.nextInt(UNITS.size() - from));
    }

    /** What is in tables and books, as one would note it on paper. */
    private static final class World {
        private record Last(String recipe, String content, boolean isDone) {}

        private final Map<Stage, TreeMap<UnitId, Last>> last = new HashMap<>();
        private final Map<Stage, TreeSet<UnitId>> open = new HashMap<>();
        private final Map<Stage, Integer> definitions = new HashMap<>();
        private final Map<UnitId, Integer> files = new HashMap<>();
        private final List<ManifestHead> heads = new ArrayList<>();

        World() {
            NEEDS.keySet().forEach(stage -> {
                last.put(stage, new TreeMap<>());
                open.put(stage, new TreeSet<>());
                definitions.put(stage, 0);
            });
        }

        String change(Random random) {
            UnitId unit = UNITS.get(random.nextInt(UNITS.size())).id();
            Stage stage = List.copyOf(NEEDS.keySet()).get(random.nextInt(NEEDS.size()));
            switch (random.nextInt(5)) {
                case 0:
                    files.merge(unit, 1, Integer::sum);
                    return "a file of " + unit + " replaced";
                case 1:
                    definitions.put(stage, random.nextInt(3));
                    return stage.id() + " defined again";
                case 2:
                    if (last.get(stage).containsKey(unit)) {
                        note(stage, unit, content(stage, unit), false);
                    }
                    return stage.id() + " " + unit + " refused";
                case 3:
                    some(random).forEach(left -> open.get(stage).add(left.id()));
                    return "a run of " + stage.id() + " died";
                default:
                    return "nothing";
            }
        }

        private void note(Stage stage, UnitId unit, String content, boolean isDone) {
            String recipe = job(stage).recipe().sha256();
            last.get(stage).put(unit, new Last(recipe, content, isDone));
            heads.add(new ManifestHead(
                    stage,
                    "",
                    unit,
                    "r" + heads.size(),
                    isDone ? Manifest.Status.DONE : Manifest.Status.REFUSED,
                    recipe,
                    content,
                    PlannerLawTest::noMore,
                    PlannerLawTest::noMore));
        }

        /** Stage by stage, each on what the ones before it left. */
        TreeSet<String> run(List<Stage> stages, List<Unit> asked, boolean again) {
            TreeSet<String> executed = new TreeSet<>();
            for (Stage stage : stages) {
                TreeSet<UnitId> todo = new TreeSet<>();
                asked.stream()
                        .map(Unit::id)
                        .filter(unit -> isReady(stage, unit) && isDue(stage, unit, again))
                        .forEach(todo::add);
                if (!todo.isEmpty()) {
                    open.get(stage).stream()
                            .filter(unit -> isReady(stage, unit))
                            .forEach(todo::add);
                    open.get(stage).clear();
                }
                todo.forEach(unit -> {
                    note(stage, unit, content(stage, unit), true);
                    executed.add(stage.id() + " " + unit);
                });
            }
            return executed;
        }

        private boolean isReady(Stage stage, UnitId unit) {
            return NEEDS.get(stage).stream().allMatch(need -> {
                Last input = last.get(need).get(unit);
                return input != null && input.isDone();
            });
        }

        private boolean isDue(Stage stage, UnitId unit, boolean again) {
            Last before = last.get(stage).get(unit);
            return again
                    || before == null
                    || !before.isDone()
                    || open.get(stage).contains(unit)
                    || !before.recipe().equals(job(stage).recipe().sha256())
                    || !stage.equals(Stage.INGEST) && !before.content().equals(content(stage, unit));
        }

        private String content(Stage stage, UnitId unit) {
            if (stage.equals(Stage.INGEST)) {
                return "files " + files.getOrDefault(unit, 0);
            }
            return stage.equals(Stage.TRAIN)
                    ? last.get(Stage.TRAINING_SET).get(unit).content()
                    : history().takenUpTo(unit);
        }

        TreeSet<String> planned(List<Stage> stages, List<Unit> asked, boolean again) {
            TreeSet<String> planned = new TreeSet<>();
            new Planner(SCHEDULE, history(), again)
                    .plan(stages.stream().map(this::job).toList(), asked).stream()
                            .filter(Planner.Step::runs)
                            .forEach(step -> planned.add(step.stage().id() + " " + step.unit()));
            return planned;
        }

        private History history() {
            return new History(
                    List.copyOf(heads),
                    List.of(),
                    open.entrySet().stream()
                            .filter(entry -> !entry.getValue().isEmpty())
                            .map(entry -> intent(entry.getKey(), List.copyOf(entry.getValue())))
                            .toList());
        }

        private static Intent intent(Stage stage, List<UnitId> units) {
            return new Intent("p", stage, "", "r", units, "", Map.of(), Map.of(), Map.of(), Instant.EPOCH, "open");
        }

        private StageJob job(Stage stage) {
            return new Job(stage, definitions.get(stage), files);
        }
    }

    private record Job(Stage stage, int definition, Map<UnitId, Integer> files) implements StageJob {
        @Override
        public String subject() {
            return "";
        }

        @Override
        public Recipe recipe() {
            return Recipe.of(stage, definition, Map.of());
        }

        @Override
        public boolean takes(Unit unit) {
            return true;
        }

        @Override
        public List<Need> needs() {
            return NEEDS.get(stage).stream().map(need -> new Need(need, "")).toList();
        }

        @Override
        public Optional<String> inputContent(Unit unit, History history) {
            if (stage.equals(Stage.INGEST)) {
                return Optional.empty();
            }
            return stage.equals(Stage.TRAIN)
                    ? history.head(Stage.TRAINING_SET, "", unit.id()).map(ManifestHead::inputContent)
                    : Optional.of(history.takenUpTo(unit.id()));
        }

        @Override
        public Map<UnitId, String> contents(List<Unit> running, History history) {
            Map<UnitId, String> contents = new TreeMap<>(StageJob.super.contents(running, history));
            if (stage.equals(Stage.INGEST)) {
                contents.replaceAll((unit, none) -> "files " + files.getOrDefault(unit, 0));
            }
            return contents;
        }

        @Override
        public List<String> outputs() {
            return List.of();
        }

        @Override
        public Outcome execute(List<Unit> units, Intent intent, UnitInputs taken, StageContext work) {
            throw new UnsupportedOperationException("A planner must not execute");
        }
    }

    private static <T> T noMore() {
        throw new AssertionError("A plan needs no more than the head");
    }
}
