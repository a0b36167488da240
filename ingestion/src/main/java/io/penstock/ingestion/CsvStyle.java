package io.penstock.ingestion;

import io.penstock.core.config.PipelineConfig;
import java.util.Optional;

/**
 * How CSV is written.
 *
 * @param longest a quoted field that makes its record longer than this over several lines was never closed
 */
record CsvStyle(char delimiter, Escape escape, int longest) {
    /** What makes a quote inside a quoted field a part of it. */
    enum Escape {
        /** Another quote, unless a backslash before it says that the file is written otherwise. */
        UNDECLARED,
        /** Another quote, as RFC 4180 has it; a backslash is text. */
        DOUBLED,
        /** A backslash, as Spark, Hive and MySQL write it; a doubled quote is none. */
        BACKSLASH;

        static final String SLASH = "\\";

        static Escape of(Optional<String> declared, char delimiter) {
            if (declared.isPresent()) {
                return declared.get().equals(SLASH) ? BACKSLASH : DOUBLED;
            }
            return delimiter == '\\' ? DOUBLED : UNDECLARED;
        }
    }

    static CsvStyle of(PipelineConfig.Layout layout) {
        char delimiter = layout.delimiter().orElse(",").charAt(0);
        return new CsvStyle(
                delimiter,
                Escape.of(layout.escape(), delimiter),
                layout.maxRecord().orElse(Contract.LONGEST));
    }

    boolean isUndeclared() {
        return escape == Escape.UNDECLARED;
    }

    boolean isBackslash() {
        return escape == Escape.BACKSLASH;
    }

    boolean endsField(int c) {
        return c == delimiter || c == '\n' || c == '\r';
    }
}
