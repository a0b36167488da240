package io.penstock.core.model;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Predicate;
import org.apache.spark.sql.Row;

/**
 * Rows through a predictor, batch by batch, in one reused array of floats. Scoring and evaluation both use it, so that they
 * agree on what is missing and on which rows have no score. NULL and NaN are missing. A row that is held, or of which a
 * feature is not a number that a float holds, never reaches the predictor, which would refuse the whole batch for it; it
 * keeps its position in the batch.
 *
 * <p>A row's score depends on that row and the model alone. Not thread-safe; the caller closes the predictor.
 */
public final class DenseBatches implements Iterator<DenseBatches.Batch> {
    static final int ROWS = 4096;

    private final Predictor predictor;
    private final Iterator<Row> rows;
    private final int features;
    private final int first;
    private final Predicate<Row> isHeld;
    private final float[] dense;

    /** What is known of a row's features. */
    public enum State {
        /** Some or all features have a value. */
        VALUED,
        /** No feature has one. The row is scored all the same. */
        ALL_MISSING,
        /** A feature is infinite or beyond a float's range: no score. */
        NOT_FINITE,
        /** The caller holds the row, its features are not read: no score. */
        HELD;

        public boolean isScored() {
            return this == VALUED || this == ALL_MISSING;
        }
    }

    /**
     * @param rows their features are doubles, in the order of the model's
     * @param features number of features
     * @param first column of the first feature
     * @param isHeld rows that get no score whatever their features are
     */
    public DenseBatches(Predictor predictor, Iterator<Row> rows, int features, int first, Predicate<Row> isHeld) {
        this.predictor = predictor;
        this.rows = rows;
        this.features = features;
        this.first = first;
        this.isHeld = isHeld;
        this.dense = new float[ROWS * features];
    }

    @Override
    public boolean hasNext() {
        return rows.hasNext();
    }

    /** The next rows with their scores. The batch is valid until the next call. */
    @Override
    public Batch next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        List<Row> taken = new ArrayList<>();
        State[] states = new State[ROWS];
        int[] positions = new int[ROWS];
        int count = 0;
        while (taken.size() < ROWS && rows.hasNext()) {
            Row row = rows.next();
            State state = isHeld.test(row) ? State.HELD : fill(row, count * features);
            states[taken.size()] = state;
            positions[taken.size()] = count;
            count += state.isScored() ? 1 : 0;
            taken.add(row);
        }
        return new Batch(taken, states, positions, predictor.predict(dense, count), count);
    }

    private State fill(Row row, int start) {
        boolean isAllMissing = true;
        for (int i = 0; i < features; i++) {
            float value = row.isNullAt(first + i) ? Float.NaN : (float) row.getDouble(first + i);
            if (Float.isInfinite(value)) {
                return State.NOT_FINITE;
            }
            isAllMissing &= Float.isNaN(value);
            dense[start + i] = value;
        }
        return isAllMissing ? State.ALL_MISSING : State.VALUED;
    }

    /** Some rows, in their order. */
    public final class Batch {
        private final List<Row> taken;
        private final State[] states;
        private final int[] positions;
        private final float[] scores;
        private final int count;

        private Batch(List<Row> taken, State[] states, int[] positions, float[] scores, int count) {
            this.taken = taken;
            this.states = states;
            this.positions = positions;
            this.scores = scores;
            this.count = count;
        }

        public int size() {
            return taken.size();
        }

        public Row row(int i) {
            return taken.get(i);
        }

        public State state(int i) {
            return states[i];
        }

        /** The score of a row that has one. */
        public float score(int i) {
            return scores[positions[i]];
        }

        /** Position of a scored row among those that are scored. */
        public int position(int i) {
            return positions[i];
        }

        /** Features of all scored rows: those of one begin at its position times the number of features. */
        public float[] dense() {
            return dense;
        }

        /** Contributions of all scored rows by position: one per feature and then the bias. */
        public float[] contributions() {
            return predictor.contributions(dense, count);
        }
    }
}
