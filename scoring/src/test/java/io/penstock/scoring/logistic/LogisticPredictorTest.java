package io.penstock.scoring.logistic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.penstock.core.Hashes;
import io.penstock.core.PenstockException;
import io.penstock.core.model.LogisticModel;
import io.penstock.core.model.LogisticModel.Term;
import io.penstock.core.model.Predictor;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class LogisticPredictorTest {
    private static final LogisticModel MODEL = new LogisticModel(
            -1.25,
            List.of(
                    Term.number("distance", 0.5, 1_000, 200),
                    Term.category("carrier", List.of(0.1, -0.2, 0.05), 0.01),
                    Term.number("hour", -0.25, 12, 4)));
    private static final List<String> FEATURES = MODEL.features();
    private static final float NAN = Float.NaN;
    private static final Offset<Float> EQUAL = within(1e-6f);

    /** Each row by hand: intercept, then what each input adds. */
    @Test
    void aScoreIsTheSumOfItsContributionsMadeAProbability() {
        float[] rows = {
            1_200, 1, 8, NAN, NAN, NAN, 1_000, 3, 12, // no such level
            1_000, -1, 16, 1_000, 0, 12
        };
        double[] margins = {-1.25 + 0.5 - 0.2 + 0.25, -1.25 + 0.01, -1.25 + 0.01, -1.25 + 0.01 - 0.25, -1.25 + 0.1};

        try (Predictor predictor = load(MODEL.bytes())) {
            float[] scores = predictor.predict(rows, margins.length);
            float[] contributions = predictor.contributions(rows, margins.length);

            assertThat(scores).hasSameSizeAs(margins);
            for (int i = 0; i < margins.length; i++) {
                assertThat(scores[i]).isCloseTo((float) (1 / (1 + Math.exp(-margins[i]))), EQUAL);
                float sum = 0;
                for (int j = 0; j < FEATURES.size() + 1; j++) {
                    sum += contributions[i * (FEATURES.size() + 1) + j];
                }
                assertThat(sum).as("row %s", i).isCloseTo((float) margins[i], EQUAL);
            }
            assertThat(contributions[3]).as("the last one is the bias").isEqualTo(-1.25f);
        }
    }

    @Test
    void aRowsScoreDoesNotDependOnItsBatch() {
        Random random = new Random(5);
        float[] rows = new float[50 * FEATURES.size()];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = random.nextInt(5) == 0 ? NAN : random.nextFloat() * 1e6f;
        }
        try (Predictor predictor = load(MODEL.bytes())) {
            float[] together = predictor.predict(rows, 50);
            for (int i = 0; i < 50; i++) {
                float[] one = {rows[3 * i], rows[3 * i + 1], rows[3 * i + 2]};
                assertThat(predictor.predict(one, 1)[0]).isEqualTo(together[i]).isBetween(0f, 1f);
            }
            assertThat(predictor.predict(rows, 0)).isEmpty();
        }
    }

    @Test
    void aModelIsReadAsItWasWritten() {
        byte[] bytes = MODEL.bytes();

        assertThat(LogisticModel.read(bytes)).isEqualTo(MODEL);
        assertThat(new String(bytes, StandardCharsets.UTF_8))
                .isEqualTo("{\"format\":\"penstock-logistic-1\",\"intercept\":-1.25,\"terms\":["
                        + "{\"coefficient\":0.5,\"feature\":\"distance\",\"mean\":1000.0,\"scale\":200.0},"
                        + "{\"feature\":\"carrier\",\"levels\":[0.1,-0.2,0.05],\"missing\":0.01},"
                        + "{\"coefficient\":-0.25,\"feature\":\"hour\",\"mean\":12.0,\"scale\":4.0}]}");
    }

    @Test
    void damagedForeignAndMismatchedModelsAreRefused() {
        byte[] bytes = MODEL.bytes();
        LogisticLoader loader = new LogisticLoader();

        assertThatThrownBy(() -> loader.load(bytes, Hashes.sha256(new byte[0]), FEATURES))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ML-010");
        assertThatThrownBy(() -> loader.load(bytes, Hashes.sha256(bytes), List.of("carrier", "distance", "hour")))
                .hasMessageContaining("PEN-ML-009")
                .hasMessageContaining("position 1 is distance in the model, carrier given");
        assertThatThrownBy(() -> load("no JSON".getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("PEN-ML-011");
        assertThatThrownBy(() -> load(replaced("penstock-logistic-1", "penstock-logistic-2")))
                .hasMessageContaining("PEN-ML-011")
                .hasMessageContaining("its format is penstock-logistic-2");
        assertThatThrownBy(() -> load(replaced("\"scale\":200.0", "\"other\":1")))
                .hasMessageContaining("a term lacks a number");
    }

    private static byte[] replaced(String part, String by) {
        return new String(MODEL.bytes(), StandardCharsets.UTF_8)
                .replace(part, by)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static Predictor load(byte[] model) {
        return new LogisticLoader().load(model, Hashes.sha256(model), FEATURES);
    }
}
