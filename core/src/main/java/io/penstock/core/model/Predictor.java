package io.penstock.core.model;

import io.penstock.core.PenstockException;
import java.util.List;

/** Scores dense batches with one model; {@link DenseBatches} makes them of rows. Not thread-safe. */
public interface Predictor extends AutoCloseable {
    /**
     * @param rows row-major {@code count × features}, NaN = missing
     * @param count number of rows
     * @return one score (probability) a row
     */
    float[] predict(float[] rows, int count);

    /**
     * @return row-major {@code count × (features + 1)} contributions to the margin; the last column is the bias
     */
    float[] contributions(float[] rows, int count);

    @Override
    void close();

    /** Makes a predictor from a model; serializable, so that executors can. Checks sha256 before native code sees bytes. */
    interface Loader extends java.io.Serializable {
        /**
         * @param features what each column of a batch will hold, in order
         * @throws PenstockException PEN-ML-010 when the bytes have another sha256; PEN-ML-009 when the model was trained on
         *     other features, or in another order
         */
        Predictor load(byte[] model, String expectedSha256, List<String> features);
    }
}
