package io.penstock.scoring;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Picks the features that moved a score most, in an order that is the same on every run. */
final class Reasons implements Serializable {
    private static final long serialVersionUID = 1L;

    /** From here on a double does not hold every whole number. */
    private static final double WHOLE = 1e15;

    private final String[] features;
    private final String[][] categories;
    private final int top;

    /** @param dictionaries per categorical feature, its values in code order */
    Reasons(List<String> features, Map<String, List<String>> dictionaries, int top) {
        this.features = features.toArray(String[]::new);
        this.categories = features.stream()
                .map(feature -> dictionaries.getOrDefault(feature, List.of()).toArray(String[]::new))
                .toArray(String[][]::new);
        this.top = top;
    }

    private record Reason(int index, String feature, double contribution) {}

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
                all.add(new Reason(i, features[i], contribution));
            }
        }
        all.sort(Comparator.comparingDouble((Reason reason) -> -Math.abs(reason.contribution()))
                .thenComparing(Reason::feature));
        return all.stream()
                .limit(top)
                .map(reason -> output(reason, value(row, first + reason.index())))
                .toList();
    }

    private Row output(Reason reason, Double value) {
        String text = value == null ? null : text(categories[reason.index()], value);
        return RowFactory.create(reason.feature(), value, text, reason.contribution());
    }

    private static Double value(Row row, int column) {
        return row.isNullAt(column) || Double.isNaN(row.getDouble(column)) ? null : (Double) row.getDouble(column);
    }

    /** A category's word; a number without the {@code .0} of a whole one. */
    private static String text(String[] words, double value) {
        boolean isWhole = value == Math.rint(value) && Math.abs(value) < WHOLE;
        if (isWhole && value >= 0 && value < words.length) {
            return words[(int) value];
        }
        return isWhole ? String.valueOf((long) value) : String.valueOf(value);
    }
}
