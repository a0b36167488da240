package io.penstock.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.model.DenseBatches.State;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;

class DenseBatchesTest {
    private static final Object[][] ODD = {
        {"scored", 1.0, 2.0},
        {"held", 1.0, 2.0},
        {"no value", null, Double.NaN},
        {"too large", 1.0, 1e300},
        {"infinite", Double.NEGATIVE_INFINITY, null},
        {"one missing", null, 5.0},
    };

    @Test
    void heldRowsAndRowsWithoutAFloatKeepTheirPlaceAndNeverReachThePredictor() {
        Sums sums = new Sums();
        List<Row> rows = new ArrayList<>();
        for (Object[] row : ODD) {
            rows.add(RowFactory.create(row));
        }

        DenseBatches.Batch batch = batches(sums, rows).next();

        assertThat(batch.size()).isEqualTo(ODD.length);
        assertThat(List.of(0, 1, 2, 3, 4, 5))
                .extracting(batch::state)
                .containsExactly(
                        State.VALUED, State.HELD, State.ALL_MISSING, State.NOT_FINITE, State.NOT_FINITE, State.VALUED);
        assertThat(sums.counts).containsExactly(3);
        assertThat(batch.score(0)).isEqualTo(3);
        assertThat(batch.score(2)).isZero();
        assertThat(batch.score(5)).isEqualTo(5);
        assertThat(batch.dense()[batch.position(5) * 2]).isNaN();
        assertThat(batch.contributions()[batch.position(5) * 3 + 1]).isEqualTo(5);
    }

    /** A batch of rows that are all held is a batch, and so is the last row alone. */
    @Test
    void everyRowComesOnceInItsOrderWhateverTheBorders() {
        Sums sums = new Sums();
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 2 * DenseBatches.ROWS + 1; i++) {
            rows.add(RowFactory.create(i < DenseBatches.ROWS ? "held" : "scored", (double) i, 0.0));
        }
        List<Double> found = new ArrayList<>();

        batches(sums, rows).forEachRemaining(batch -> {
            for (int i = 0; i < batch.size(); i++) {
                found.add(
                        batch.state(i).isScored()
                                ? (double) batch.score(i)
                                : batch.row(i).getDouble(1));
            }
        });

        assertThat(found).isEqualTo(rows.stream().map(row -> row.getDouble(1)).toList());
        assertThat(sums.counts).containsExactly(0, DenseBatches.ROWS, 1);
    }

    private static DenseBatches batches(Predictor predictor, List<Row> rows) {
        return new DenseBatches(
                predictor, rows.iterator(), 2, 1, row -> row.getString(0).equals("held"));
    }

    /** The score is the sum of the two features, NaN counts nothing; an infinite one is refused as native code does. */
    private static final class Sums implements Predictor {
        private final List<Integer> counts = new ArrayList<>();

        @Override
        public float[] predict(float[] rows, int count) {
            counts.add(count);
            float[] scores = new float[count];
            for (int i = 0; i < count; i++) {
                scores[i] = value(rows[i * 2]) + value(rows[i * 2 + 1]);
            }
            return scores;
        }

        private static float value(float feature) {
            assertThat(feature).isNotIn(Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
            return Float.isNaN(feature) ? 0 : feature;
        }

        @Override
        public float[] contributions(float[] rows, int count) {
            float[] contributions = new float[count * 3];
            for (int i = 0; i < count; i++) {
                System.arraycopy(rows, i * 2, contributions, i * 3, 2);
            }
            return contributions;
        }

        @Override
        public void close() {}
    }
}
