package io.penstock.core.delta;

import io.penstock.core.Measure;
import java.util.List;
import java.util.Map;

/**
 * A table to publish to.
 *
 * @param table {@code layer/name}
 * @param sortBy columns the rows of a file are sorted by, so that the same rows give the same file
 * @param statistics columns whose minimum and maximum each file keeps, for skipping
 * @param wanted what is measured before the commit
 * @param scope what the rows replace
 */
public record Target(
        String table,
        String comment,
        Map<String, String> columnComments,
        List<String> sortBy,
        List<String> statistics,
        List<Measure> wanted,
        Scope scope) {
    public enum Scope {
        /** The rows of the publication's units. */
        UNITS,
        /** Nothing: rows are added. */
        APPEND,
        /** Everything the table holds; earlier versions stay readable. */
        TABLE
    }
}
