package io.penstock.ingestion.suggest;

import java.util.List;
import java.util.Optional;

/**
 * What the values of a column say of it.
 *
 * @param values that are not NULL
 * @param met least and greatest number of a measure, or empty: what was met is no rule
 * @param notes for the owner to read beside the column
 * @param questions what the values cannot tell
 */
record Column(
        String name,
        String type,
        int values,
        int nulls,
        int distinct,
        List<Double> met,
        List<String> allowed,
        Optional<String> pattern,
        List<String> notes,
        List<String> questions) {
    /** Fewer values prove nothing about those that are not seen. */
    static final int ENOUGH = 30;

    boolean isRequired() {
        return nulls == 0 && values >= ENOUGH;
    }

    boolean isUnique() {
        return nulls == 0 && distinct == values;
    }
}
