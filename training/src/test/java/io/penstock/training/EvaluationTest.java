package io.penstock.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Json;
import io.penstock.core.model.Measured;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EvaluationTest {
    /** As manifests have kept it from the beginning: a promotion reads what a training of any version wrote. */
    private static final String KEPT = "{\"auc\":0.75,\"logloss\":0.5,\"positives\":20,\"rows\":100,\"slices\":"
            + "{\"origin=EWR\":{\"auc\":1.0,\"logloss\":0.25,\"positives\":12,\"rows\":40},"
            + "\"origin=JFK\":{\"auc\":\"NaN\",\"logloss\":0.5,\"positives\":0,\"rows\":60}}}";

    @Test
    void anEvaluationIsKeptAsOneFlatObject() {
        Evaluation evaluation = new Evaluation(
                measured(0.75, 0.5, 20, 100),
                Map.of("origin=JFK", measured(Double.NaN, 0.5, 0, 60), "origin=EWR", measured(1, 0.25, 12, 40)));

        assertThat(Json.canonical(evaluation)).isEqualTo(KEPT);
        assertThat(Json.read(KEPT, Evaluation.class)).isEqualTo(evaluation);
        assertThat(Json.read(Json.pretty(evaluation), Evaluation.class)).isEqualTo(evaluation);
    }

    private static Measured measured(double auc, double logloss, long positives, long rows) {
        return new Measured(rows, Map.of("positives", positives), Map.of("auc", auc, "logloss", logloss));
    }
}
