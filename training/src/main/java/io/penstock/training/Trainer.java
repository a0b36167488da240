package io.penstock.training;

import io.penstock.core.model.Flavour;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Fits a model to a training set. The same set and request give the same bytes.
 *
 * <p>A trainer looks at rows with {@link FitChecks} before it fits, so that all of them refuse the same rows for the same
 * reason.
 */
public interface Trainer {
    /** Of the models that it makes. */
    Flavour flavour();

    /** What {@link Fitted#rounds} counts. */
    String roundName();

    /**
     * @param set a table at a version, since it is read more than once: columns of {@code request.keys()}, {@code unit},
     *     {@code as_of}, the features, {@code label}, {@code weight}, {@code split}. Test rows are looked at, so that what
     *     no model may be given is refused in every slice, and not fitted
     * @throws io.penstock.core.PenstockException {@code PEN-ML-001} to {@code 008} for rows that nothing can be fitted to
     */
    Fitted fit(Dataset<Row> set, FitRequest request);
}
