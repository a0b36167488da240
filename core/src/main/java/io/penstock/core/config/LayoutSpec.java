package io.penstock.core.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a source's files are written, where it is not the usual way; what is usual does not appear in a source's meaning.
 *
 * @param delimiter of CSV; empty = comma
 * @param encoding of text; empty = UTF-8
 * @param maxRecord longest record in characters; empty = 1 MiB
 * @param missingColumn empty = reject
 * @param escape of quotes inside quoted CSV fields, a quote, a backslash or {@link #NO_QUOTES}; empty = a quote, where
 *     no backslash contradicts
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record LayoutSpec(
        Optional<String> delimiter,
        Optional<String> encoding,
        OptionalInt maxRecord,
        Optional<MissingColumn> missingColumn,
        Optional<String> escape) {
    /** In place of an escape: quotes are text. */
    public static final String NO_QUOTES = "none";

    public static final LayoutSpec USUAL =
            new LayoutSpec(Optional.empty(), Optional.empty(), OptionalInt.empty(), Optional.empty());

    public LayoutSpec(
            Optional<String> delimiter,
            Optional<String> encoding,
            OptionalInt maxRecord,
            Optional<MissingColumn> missingColumn) {
        this(delimiter, encoding, maxRecord, missingColumn, Optional.empty());
    }

    public LayoutSpec escaping(Optional<String> by) {
        return new LayoutSpec(delimiter, encoding, maxRecord, missingColumn, by);
    }

    /** What happens to a file that lacks a declared column which is not required. */
    public enum MissingColumn {
        REJECT,
        AS_NULL
    }
}
