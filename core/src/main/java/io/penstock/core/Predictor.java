package io.penstock.core;

/** Scores dense batches with one model. Used by evaluation, gate and scoring alike. Not thread-safe. */
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
        Predictor load(byte[] model, String expectedSha256, int features);
    }
}
