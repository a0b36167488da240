package io.penstock.training.sparkml;

import java.io.Serializable;
import java.util.Arrays;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;

/** Makes a vector of a row's inputs: a standardised number each, and one column per code of each category. */
final class InputVectors implements Serializable {
    private static final long serialVersionUID = 1L;

    private final int[] codes;
    private final int[] first;
    private final int size;
    private final InputStatistics statistics;

    /** @param codes per input, how many codes it has; 0 for a number */
    InputVectors(int[] codes, InputStatistics statistics) {
        this.codes = codes.clone();
        this.first = new int[codes.length];
        this.statistics = statistics;
        int next = 0;
        for (int i = 0; i < codes.length; i++) {
            first[i] = next;
            next += Math.max(1, codes[i]);
        }
        this.size = next;
    }

    /** The code that a value stands for, or -1 if it is missing or beyond all codes. */
    static int code(float value, int codes) {
        return value >= 0 && value < codes ? (int) value : -1;
    }

    /** Position of an input's first column. */
    int first(int input) {
        return first[input];
    }

    int codes(int input) {
        return codes[input];
    }

    /** Sparse: all but one of the columns of a category are 0. */
    Vector of(float[] row) {
        int[] positions = new int[row.length];
        double[] values = new double[row.length];
        int count = 0;
        for (int i = 0; i < row.length; i++) {
            if (codes[i] > 0) {
                int code = code(row[i], codes[i]);
                if (code >= 0) {
                    positions[count] = first[i] + code;
                    values[count++] = 1;
                }
            } else if (!Float.isNaN(row[i])) {
                positions[count] = first[i];
                values[count++] = (row[i] - statistics.mean(i)) / statistics.scale(i);
            }
        }
        return Vectors.sparse(size, Arrays.copyOf(positions, count), Arrays.copyOf(values, count))
                .compressed();
    }
}
