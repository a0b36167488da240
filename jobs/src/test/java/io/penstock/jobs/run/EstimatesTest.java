package io.penstock.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.history.History;
import io.penstock.ingestion.take.UnitInputs;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EstimatesTest {
    private static final UnitId DAY = UnitId.of(LocalDate.of(2024, 3, 1));

    private final List<ManifestHead> heads = new ArrayList<>();
    private boolean oneUnitARun;

    @Test
    void withoutAManifestNothingIsKnown() {
        assertThat(estimate(1)).isEqualTo(new Estimates.Estimate("score", "late", 1, null, null, 0, false));
    }

    @Test
    void theMedianOfPastRunsIsTold() {
        past(1, 10, 100);
        past(1, 90, 900);
        past(1, 20, 300);

        assertThat(estimate(1)).isEqualTo(new Estimates.Estimate("score", "late", 1, 20.0, 300L, 3, false));
    }

    @Test
    void ofManyRunsTheNewestTenTell() {
        for (int i = 0; i < 30; i++) {
            past(1, 500, 1);
        }
        for (int i = 0; i < 10; i++) {
            past(1, 7, 2);
        }

        assertThat(estimate(1)).isEqualTo(new Estimates.Estimate("score", "late", 1, 7.0, 2L, 10, false));
    }

    @Test
    void aRangeIsToldFromRangesOfAboutItsSize() {
        past(100, 200, 10);
        for (int i = 0; i < 10; i++) {
            past(1, 30, 10);
        }
        past(90, 90, 10);

        Estimates.Estimate range = estimate(95);

        assertThat(range.seconds()).as("one or two seconds a unit").isEqualTo(142.5);
        assertThat(range.rows()).isEqualTo(950L);
        assertThat(estimate(1).seconds()).isEqualTo(30.0);
    }

    @Test
    void aUnitCostsWhatRunsOfOneUnitCostWhateverARangeTook() {
        past(20, 70, 10);

        assertThat(estimate(1)).isEqualTo(new Estimates.Estimate("score", "late", 1, 3.5, 10L, 8, true));

        past(1, 32, 10);

        assertThat(estimate(1)).isEqualTo(new Estimates.Estimate("score", "late", 1, 32.0, 10L, 1, false));
        assertThat(estimate(5).seconds()).as("32 and four times two").isEqualTo(40.0);
    }

    @Test
    void runsOfTwoSizesTellWhatEachRunCosts() {
        past(20, 70, 10);
        past(60, 150, 10);

        Estimates.Estimate one = estimate(1);

        assertThat(one.seconds()).as("30 a run and 2 a unit").isEqualTo(32.0);
        assertThat(one.atLeast()).isFalse();
    }

    @Test
    void ofALongerRangeThanAnyTheShareIsNoLowerBound() {
        past(20, 70, 10);

        assertThat(estimate(80)).isEqualTo(new Estimates.Estimate("score", "late", 80, 280.0, 800L, 8, false));
    }

    @Test
    void ofAStageWhoseRunsAreOfOneUnitEachUnitTakesOneRun() {
        past(1, 30, 10);
        oneUnitARun = true;

        assertThat(estimate(3)).isEqualTo(new Estimates.Estimate("score", "late", 3, 90.0, 30L, 1, false));
    }

    @Test
    void aTotalSaysHowManyStepsItDoesNotKnow() {
        Estimates.Estimate known = new Estimates.Estimate("ingest", "", 2, 3.5, 70L, 4, false);
        Estimates.Estimate unknown = new Estimates.Estimate("features", "", 2, null, null, 0, false);

        assertThat(Plan.Total.of(List.of(known, unknown))).isEqualTo(new Plan.Total(4, 3.5, 70, 2));
    }

    private Estimates.Estimate estimate(int units) {
        List<Planner.Step> steps = new ArrayList<>();
        for (int i = 0; i < units; i++) {
            steps.add(new Planner.Step(
                    Stage.SCORE, "late", DAY.plusDays(i), Planner.Decision.RUN, "not done yet", "", "", ""));
        }
        return Estimates.of(List.of(new Job()), steps, new History(heads, List.of(), List.of()))
                .get(0);
    }

    private void past(int units, int seconds, long rows) {
        String run = "r" + heads.size();
        for (int i = 0; i < units; i++) {
            Manifest manifest = new Manifest(
                    "p",
                    Stage.SCORE,
                    "late",
                    DAY.plusDays(i),
                    run,
                    Manifest.Status.DONE,
                    "",
                    "",
                    List.of(),
                    List.of(),
                    List.of(),
                    Map.of("scores/late", rows),
                    Map.of(),
                    Map.of(),
                    Instant.EPOCH,
                    Instant.EPOCH.plus(Duration.ofSeconds(seconds)),
                    "",
                    "");
            heads.add(ManifestHead.of(manifest));
        }
    }

    private final class Job implements StageJob {
        @Override
        public Stage stage() {
            return Stage.SCORE;
        }

        @Override
        public String subject() {
            return "late";
        }

        @Override
        public Recipe recipe() {
            return Recipe.of(Stage.SCORE, 1, Map.of());
        }

        @Override
        public boolean oneUnitARun() {
            return oneUnitARun;
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
            throw new UnsupportedOperationException();
        }
    }
}
