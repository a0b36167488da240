package io.penstock.ingestion.format;

import io.penstock.core.config.LayoutSpec;
import io.penstock.ingestion.contract.Contract;
import java.io.Serializable;
import java.util.Optional;

/**
 * How CSV is written.
 *
 * @param longest a quoted field that makes its record longer than this over several lines was never closed
 */
public record CsvStyle(char delimiter, Escape escape, int longest) implements Serializable {
    /** What makes a quote inside a quoted field a part of it. */
    enum Escape {
        /** Another quote, unless a backslash before it says that the file is written otherwise. */
        UNDECLARED,
        /** Another quote, as RFC 4180 has it; a backslash is text. */
        DOUBLED,
        /** A backslash, as Spark, Hive and MySQL write it; a doubled quote is none. */
        BACKSLASH,
        /** Nothing is quoted: a quote is text. */
        NONE;

        static final String SLASH = "\\";

        public static Escape of(Optional<String> declared, char delimiter) {
            if (declared.isPresent()) {
                return switch (declared.get()) {
                    case SLASH -> BACKSLASH;
                    case LayoutSpec.NO_QUOTES -> NONE;
                    default -> DOUBLED;
                };
            }
            return delimiter == '\\' ? DOUBLED : UNDECLARED;
        }
    }

    public static CsvStyle of(LayoutSpec layout) {
        char delimiter = layout.delimiter().orElse(",").charAt(0);
        return new CsvStyle(
                delimiter,
                Escape.of(layout.escape(), delimiter),
                layout.maxRecord().orElse(Contract.LONGEST));
    }

    boolean hasQuotes() {
        return escape != Escape.NONE;
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
