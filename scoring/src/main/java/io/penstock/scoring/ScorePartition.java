package io.penstock.scoring;

import io.penstock.core.model.Predictor;
import io.penstock.core.model.Task;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.TaskCompletionListener;
import scala.collection.JavaConverters;

/**
 * Scores one partition with one predictor, batch by batch, in one reused float array; in: leading columns, code, flag, features;
 * out: leading columns, score, prediction, code, reasons. Held rows never reach the predictor.
 */
final class ScorePartition implements MapPartitionsFunction<Row, Row> {
    private static final long serialVersionUID = 1L;
    private static final int BATCH = 4096;

    private final int leading;
    private final int flag;
    private final int first;
    private final String[] features;
    private final Reasons reasons;
    private final Task task;
    private final double threshold;
    private final Broadcast<byte[]> model;
    private final String sha256;
    private final Predictor.Loader loader;

    ScorePartition(
            int leading,
            List<String> features,
            int reasons,
            Task task,
            double threshold,
            Broadcast<byte[]> model,
            String sha256,
            Predictor.Loader loader) {
        this.leading = leading;
        this.flag = leading + 1;
        this.first = leading + 2;
        this.features = features.toArray(String[]::new);
        this.reasons = new Reasons(this.features, reasons);
        this.task = task;
        this.threshold = threshold;
        this.model = model;
        this.sha256 = sha256;
        this.loader = loader;
    }

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        if (!rows.hasNext()) {
            return Collections.emptyIterator();
        }
        Predictor predictor = loader.load(model.value(), sha256, List.of(features));
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) context -> predictor.close());
        return new Iterator<>() {
            private final float[] dense = new float[BATCH * features.length];
            private Iterator<Row> scored = Collections.emptyIterator();

            @Override
            public boolean hasNext() {
                return scored.hasNext() || rows.hasNext();
            }

            @Override
            public Row next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                if (!scored.hasNext()) {
                    scored = batch(predictor, rows, dense).iterator();
                }
                return scored.next();
            }
        };
    }

    private List<Row> batch(Predictor predictor, Iterator<Row> rows, float[] dense) {
        List<Row> taken = new ArrayList<>();
        List<String> codes = new ArrayList<>();
        int count = 0;
        while (taken.size() < BATCH && rows.hasNext()) {
            Row row = rows.next();
            String code = code(row, dense, count * features.length);
            taken.add(row);
            codes.add(code);
            count += isScored(row, code) ? 1 : 0;
        }
        float[] scores = predictor.predict(dense, count);
        float[] contributions = reasons.wanted() ? predictor.contributions(dense, count) : new float[0];
        List<Row> result = new ArrayList<>(taken.size());
        int next = 0;
        for (int i = 0; i < taken.size(); i++) {
            Row row = taken.get(i);
            if (isScored(row, codes.get(i))) {
                result.add(output(row, (double) scores[next], codes.get(i), reasons(row, contributions, next)));
                next++;
            } else {
                result.add(output(row, null, codes.get(i), List.of()));
            }
        }
        return result;
    }

    /** The worst that is to be said of a row: what holds it, then what is wrong with its floats, then its flag. */
    private String code(Row row, float[] dense, int start) {
        if (!row.isNullAt(leading)) {
            return row.getString(leading);
        }
        String wrong = fill(row, dense, start);
        return wrong == null ? row.getString(flag) : wrong;
    }

    /** Fills the row's floats from {@code start}; returns the code of what is wrong with them, or null. */
    private String fill(Row row, float[] dense, int start) {
        boolean isAllMissing = true;
        for (int i = 0; i < features.length; i++) {
            int column = first + i;
            float value = row.isNullAt(column) ? Float.NaN : (float) row.getDouble(column);
            if (Float.isInfinite(value)) {
                return BatchScoring.NOT_FINITE;
            }
            isAllMissing &= Float.isNaN(value);
            dense[start + i] = value;
        }
        return isAllMissing ? BatchScoring.ALL_MISSING : null;
    }

    /** A code that came with the row holds it; of ours only one that has no floats to score. */
    private boolean isScored(Row row, String code) {
        return row.isNullAt(leading) && !BatchScoring.NOT_FINITE.equals(code);
    }

    private List<Row> reasons(Row row, float[] contributions, int index) {
        return reasons.wanted() ? reasons.of(row, first, contributions, index) : List.of();
    }

    private Row output(Row row, Double score, String code, List<Row> why) {
        Object[] values = new Object[leading + 4];
        for (int i = 0; i < leading; i++) {
            values[i] = row.get(i);
        }
        values[leading] = score;
        values[leading + 1] = score == null ? null : (Double) task.prediction(score, threshold);
        values[leading + 2] = code;
        values[leading + 3] = JavaConverters.asScalaBuffer(why).toSeq();
        return RowFactory.create(values);
    }
}
