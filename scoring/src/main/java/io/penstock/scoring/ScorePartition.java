package io.penstock.scoring;

import io.penstock.core.model.DenseBatches;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.Predictor;
import io.penstock.core.model.Task;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.TaskCompletionListener;
import scala.collection.JavaConverters;

/**
 * Scores one partition with one predictor; in: leading columns, code, flags, features; out: leading columns, score,
 * prediction, code, reasons, codes.
 */
final class ScorePartition implements MapPartitionsFunction<Row, Row> {
    private static final long serialVersionUID = 1L;

    private final int leading;
    private final int flags;
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
            ModelDescriptor spec,
            int reasons,
            Task task,
            double threshold,
            Broadcast<byte[]> model,
            String sha256,
            Predictor.Loader loader) {
        this.leading = leading;
        this.flags = leading + 1;
        this.first = leading + 2;
        this.features = spec.features().toArray(String[]::new);
        this.reasons = new Reasons(spec.features(), spec.dictionaries(), reasons);
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
        DenseBatches batches = new DenseBatches(predictor, rows, features.length, first, row -> !row.isNullAt(leading));
        return new Iterator<>() {
            private Iterator<Row> scored = Collections.emptyIterator();

            @Override
            public boolean hasNext() {
                return scored.hasNext() || batches.hasNext();
            }

            @Override
            public Row next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                if (!scored.hasNext()) {
                    scored = scored(batches.next()).iterator();
                }
                return scored.next();
            }
        };
    }

    private List<Row> scored(DenseBatches.Batch batch) {
        float[] contributions = reasons.wanted() ? batch.contributions() : new float[0];
        List<Row> result = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            Row row = batch.row(i);
            List<String> codes = codes(row, batch.state(i));
            if (batch.state(i).isScored()) {
                List<Row> why = reasons.wanted() ? reasons.of(row, first, contributions, batch.position(i)) : List.of();
                result.add(output(row, (double) batch.score(i), codes, why));
            } else {
                result.add(output(row, null, codes, List.of()));
            }
        }
        return result;
    }

    /** The worst first: what holds the row, then what is wrong with its features, then its flags. */
    private List<String> codes(Row row, DenseBatches.State state) {
        Set<String> codes = new LinkedHashSet<>();
        switch (state) {
            case HELD -> codes.add(row.getString(leading));
            case NOT_FINITE -> codes.add(BatchScoring.NOT_FINITE);
            case ALL_MISSING -> codes.add(BatchScoring.ALL_MISSING);
            case VALUED -> {}
        }
        codes.addAll(row.getList(flags));
        return List.copyOf(codes);
    }

    private Row output(Row row, Double score, List<String> codes, List<Row> why) {
        Object[] values = new Object[leading + 5];
        for (int i = 0; i < leading; i++) {
            values[i] = row.get(i);
        }
        values[leading] = score;
        values[leading + 1] = score == null ? null : (Double) task.prediction(score, threshold);
        values[leading + 2] = codes.isEmpty() ? null : codes.get(0);
        values[leading + 3] = JavaConverters.asScalaBuffer(why).toSeq();
        values[leading + 4] = JavaConverters.asScalaBuffer(codes).toSeq();
        return RowFactory.create(values);
    }
}
