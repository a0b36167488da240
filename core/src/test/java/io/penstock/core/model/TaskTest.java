package io.penstock.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.penstock.core.Json;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskTest {
    private static final Task BINARY = Task.binary();

    @Test
    void aTaskIsFoundByItsName() {
        assertThat(Task.all())
                .allSatisfy(task -> assertThat(Task.named(task.id())).contains(task));
        assertThat(Task.named("multiclass")).isEmpty();
    }

    @Test
    void everyTaskMeasuresWhatItLists() {
        double[] scores = {0.9, 0.2, 0.6};
        double[] labels = {1, 0, 1};

        assertThat(Task.all()).allSatisfy(task -> {
            Measured measured = task.measure(scores, labels);
            assertThat(measured.rows()).isEqualTo(3);
            assertThat(measured.metrics().keySet())
                    .containsExactlyInAnyOrderElementsOf(
                            task.metrics().stream().map(Metric::name).toList());
            assertThat(measured.counts().keySet()).containsExactlyInAnyOrderElementsOf(task.counts());
            assertThat(task.metrics()).contains(task.gateMetric());
        });
    }

    @Test
    void aBinaryTaskMeasuresRankingAndCalibration() {
        Measured measured = BINARY.measure(new double[] {0.9, 0.2, 0.4}, new double[] {1, 0, 0});

        assertThat(measured.value(BINARY.gateMetric())).isEqualTo(1);
        assertThat(measured.metrics().get("logloss"))
                .isCloseTo(-(Math.log(0.9) + Math.log(0.8) + Math.log(0.6)) / 3, within(1e-12));
        assertThat(measured.count("positives")).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"0, true", "1, true", "0.5, true", "-0.001, false", "1.001, false", "NaN, false"})
    void aBinaryScoreIsAProbability(double score, boolean isScore) {
        assertThat(BINARY.isScore(score)).isEqualTo(isScore);
    }

    @ParameterizedTest
    @CsvSource({"0.49, 0.5, 0", "0.5, 0.5, 1", "0.2, 0.1, 1"})
    void aBinaryPredictionIsAClass(double score, double threshold, double prediction) {
        assertThat(BINARY.prediction(score, threshold)).isEqualTo(prediction);
    }

    /** Hanley and McNeil's own figure: an AUC of 0.893 of 51 and 58 cases has a standard error of 0.032. */
    @Test
    void theStandardErrorOfAnAucIsHanleyAndMcNeils() {
        Measured measured = new Measured(109, Map.of("positives", 51L), Map.of("auc", 0.893));

        assertThat(BINARY.standardError(measured)).isCloseTo(0.032, within(0.001));
    }

    @Test
    void fewRowsOfAClassAreTooFew() {
        assertThat(BINARY.isTooSmall(of(499, 100))).isTrue();
        assertThat(BINARY.isTooSmall(of(500, 49))).isTrue();
        assertThat(BINARY.isTooSmall(of(500, 451))).isTrue();
        assertThat(BINARY.isTooSmall(of(500, 50))).isFalse();
    }

    private static Measured of(long rows, long positives) {
        return new Measured(rows, Map.of("positives", positives), Map.of());
    }

    @Test
    void aMetricSaysWhichValueIsBetter() {
        Metric auc = BINARY.gateMetric();
        Metric logloss = BINARY.metrics().get(1);

        assertThat(auc.margin(0.7, 0.6)).isCloseTo(0.1, within(1e-12));
        assertThat(auc.meets(0.6, 0.6)).isTrue();
        assertThat(auc.meets(0.59, 0.6)).isFalse();
        assertThat(auc.meets(Double.NaN, 0.6)).isFalse();
        assertThat(auc.bound(0.6)).isEqualTo(">= 0.6000");
        assertThat(auc.worseBy(0.6, 0.1)).isCloseTo(0.5, within(1e-12));
        assertThat(logloss.margin(0.7, 0.6)).isCloseTo(-0.1, within(1e-12));
        assertThat(logloss.meets(0.5, 0.6)).isTrue();
        assertThat(logloss.bound(0.6)).isEqualTo("<= 0.6000");
        assertThat(logloss.easiest()).isEqualTo(Double.POSITIVE_INFINITY);
    }

    @Test
    void whatWasMeasuredIsReadFromWhatIsKept() {
        Measured measured = new Measured(100, Map.of("positives", 0L), Map.of("auc", Double.NaN, "logloss", 1.0));

        String kept = Json.canonical(measured.flat());

        assertThat(kept).isEqualTo("{\"auc\":\"NaN\",\"logloss\":1.0,\"positives\":0,\"rows\":100}");
        assertThat(Measured.of(Json.readMap(kept))).isEqualTo(measured);
        assertThatThrownBy(() -> Measured.of(Map.of("auc", 0.5))).hasMessageContaining("no field rows");
    }
}
