package io.penstock.training.sparkml;

import java.io.Serializable;
import java.util.Iterator;

/**
 * What the inputs of some rows are like: mean and standard deviation of each number, rows per code of each category. One
 * pass over the rows (Welford 1962); what is missing is left out. Depends on the order of the rows in the last bits.
 */
final class InputStatistics implements Serializable {
    private static final long serialVersionUID = 1L;

    private final long[] counts;
    private final double[] means;
    private final double[] squares;
    private final long[][] levels;
    private long rows;

    /** @param codes per input, how many codes it has; 0 for a number */
    InputStatistics(int[] codes) {
        this.counts = new long[codes.length];
        this.means = new double[codes.length];
        this.squares = new double[codes.length];
        this.levels = new long[codes.length][];
        for (int i = 0; i < codes.length; i++) {
            levels[i] = new long[codes[i]];
        }
    }

    InputStatistics addAll(Iterator<float[]> all) {
        all.forEachRemaining(this::add);
        return this;
    }

    private void add(float[] row) {
        rows++;
        for (int i = 0; i < row.length; i++) {
            if (levels[i].length > 0) {
                int code = InputVectors.code(row[i], levels[i].length);
                if (code >= 0) {
                    levels[i][code]++;
                }
            } else if (!Float.isNaN(row[i])) {
                counts[i]++;
                double delta = row[i] - means[i];
                means[i] += delta / counts[i];
                squares[i] += delta * (row[i] - means[i]);
            }
        }
    }

    double mean(int input) {
        return means[input];
    }

    /** Standard deviation, what is missing counting as the mean; 1 for an input that is the same in all rows. */
    double scale(int input) {
        double deviation = Math.sqrt(squares[input] / Math.max(1, rows));
        return deviation > 0 ? deviation : 1;
    }

    /** Share of the rows that have a code. */
    double share(int input, int code) {
        return rows == 0 ? 0 : (double) levels[input][code] / rows;
    }
}
