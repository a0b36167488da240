package io.penstock.scoring;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Picks the features that moved a score most, in an order that is the same on every run. */
final class Reasons implements Serializable {
    private static final long serialVersionUID = 1L;

    private final String[] features;
    private final int top;

    Reasons(String[] features, int top) {
        this.features = features;
        this.top = top;
    }

    private record Reason(String feature, Double value, double contribution) {}

    boolean wanted() {
        return top > 0;
    }

    /**
     * @param first column of the first feature in {@code row}
     * @param contributions row-major, one a feature and then the bias
     * @param index row of {@code contributions}
     */
    List<Row> of(Row row, int first, float[] contributions, int index) {
        List<Reason> all = new ArrayList<>(features.length);
        for (int i = 0; i < features.length; i++) {
            float contribution = contributions[index * (features.length + 1) + i];
            if (contribution != 0) {
                all.add(new Reason(features[i], value(row, first + i), contribution));
            }
        }
        all.sort(Comparator.comparingDouble((Reason reason) -> -Math.abs(reason.contribution()))
                .thenComparing(Reason::feature));
        return all.stream()
                .limit(top)
                .map(reason -> RowFactory.create(reason.feature(), reason.value(), reason.contribution()))
                .toList();
    }

    private static Double value(Row row, int column) {
        return row.isNullAt(column) || Double.isNaN(row.getDouble(column)) ? null : (Double) row.getDouble(column);
    }
}
