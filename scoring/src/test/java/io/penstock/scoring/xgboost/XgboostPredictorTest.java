package io.penstock.scoring.xgboost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.penstock.core.ExitCode;
import io.penstock.core.Hashes;
import io.penstock.core.PenstockException;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.Predictor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class XgboostPredictorTest {
    private static final float NAN = Float.NaN;
    private static final float[] EDGES = {
        NAN, NAN, NAN, 0, 0, 0, -0.0f, 0, NAN, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, 1, 49, 1,
    };

    private static byte[] model;

    private final XgboostLoader loader = new XgboostLoader();

    @BeforeAll
    static void train() {
        model = TinyModel.train();
    }

    @Test
    void scoresAreThoseOfTheNativeBoosterForMissingZeroAndExtremes() throws Exception {
        try (Predictor predictor = load()) {
            assertThat(predictor.predict(EDGES, 5)).isEqualTo(stock(EDGES, 5));
            float[] many = TinyModel.rows(5000, new Random(11));
            assertThat(predictor.predict(many, 5000)).isEqualTo(stock(many, 5000));
        }
    }

    @Test
    void aRowScoresTheSameInAnyBatch() {
        float[] rows = TinyModel.rows(100, new Random(13));
        try (Predictor predictor = load()) {
            float[] together = predictor.predict(rows, 100);
            float[] why = predictor.contributions(rows, 100);
            for (int i = 0; i < 100; i++) {
                float[] row = Arrays.copyOfRange(rows, i * 3, i * 3 + 3);
                assertThat(predictor.predict(row, 1)[0]).isEqualTo(together[i]);
                assertThat(predictor.contributions(row, 1)).isEqualTo(Arrays.copyOfRange(why, i * 4, i * 4 + 4));
            }
            assertThat(predictor.predict(rows, 7)).isEqualTo(Arrays.copyOf(together, 7));
            assertThat(predictor.predict(rows, 0)).isEmpty();
        }
    }

    @Test
    void missingIsNotZero() {
        try (Predictor predictor = load()) {
            float[] scores = predictor.predict(new float[] {0.5f, 0, NAN, 0.5f, 0, 0}, 2);
            assertThat(scores[0]).isGreaterThan(scores[1] + 0.2f);
        }
    }

    @Test
    void contributionsAndBiasSumToTheMargin() {
        try (Predictor predictor = load()) {
            float[] scores = predictor.predict(EDGES, 5);
            float[] why = predictor.contributions(EDGES, 5);
            assertThat(predictor.contributions(EDGES, 1))
                    .as("a row without any value, alone")
                    .isEqualTo(Arrays.copyOf(why, 4));
            for (int i = 0; i < 5; i++) {
                double margin = why[i * 4] + why[i * 4 + 1] + why[i * 4 + 2] + why[i * 4 + 3];
                assertThat(1 / (1 + Math.exp(-margin))).isCloseTo(scores[i], within(1e-5));
            }
        }
    }

    @Test
    void aDamagedModelIsRefusedByItsHash() {
        byte[] flipped = model.clone();
        flipped[flipped.length / 2] ^= 1;
        for (byte[] damaged : new byte[][] {flipped, Arrays.copyOf(model, model.length / 2), new byte[0]}) {
            assertThatThrownBy(() -> loader.load(damaged, Hashes.sha256(model), TinyModel.NAMES))
                    .isInstanceOfSatisfying(PenstockException.class, e -> {
                        assertThat(e.code()).isEqualTo("PEN-ML-010");
                        assertThat(e.exit()).isEqualTo(ExitCode.INTERNAL);
                    });
        }
    }

    @Test
    void whatIsNoModelIsRefusedEvenWithItsHash() {
        byte[] text = "not a model".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThatThrownBy(() -> loader.load(text, Hashes.sha256(text), TinyModel.NAMES))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ML-011");
    }

    /** As many columns of the same names are not enough: native code would score them in any order. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            late_rate,wind,seats,rain | 3 in the model, 4 given; unknown to the model rain
            late_rate,wind            | 3 in the model, 2 given; missing seats
            late_rate,seats,wind      | position 2 is wind in the model, seats given
            late_rate,wind,rows       | missing seats; unknown to the model rows; position 3 is seats in the model, rows given
            Late_rate,wind,seats      | missing late_rate; unknown to the model Late_rate; position 1 is late_rate
            """)
    void otherFeaturesOrAnotherOrderAreRefusedAndTold(String given, String expected) {
        List<String> features = List.of(given.split(","));

        assertThatThrownBy(() -> loader.load(model, Hashes.sha256(model), features))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.exit()).isEqualTo(ExitCode.CONFIGURATION))
                .hasMessageContaining("PEN-ML-009")
                .hasMessageContaining(expected)
                .hasMessageContaining(ModelDescriptor.hashOf(features).substring(0, 12))
                .hasMessageContaining(ModelDescriptor.hashOf(TinyModel.NAMES).substring(0, 12));
    }

    @Test
    void aModelThatDoesNotSayItsFeaturesIsRefused() {
        byte[] nameless = TinyModel.train(List.of());

        assertThatThrownBy(() -> loader.load(nameless, Hashes.sha256(nameless), TinyModel.NAMES))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ML-009")
                .hasMessageContaining("0 in the model, 3 given");
    }

    private Predictor load() {
        return loader.load(model, Hashes.sha256(model), TinyModel.NAMES);
    }

    private static float[] stock(float[] rows, int count) throws Exception {
        float[][] scores = XGBoost.loadModel(model).predict(new DMatrix(rows, count, 3, NAN));
        float[] flat = new float[count];
        for (int i = 0; i < count; i++) {
            flat[i] = scores[i][0];
        }
        return flat;
    }
}
