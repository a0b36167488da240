package io.penstock.core.config;

import io.penstock.core.ErrorCode;
import io.penstock.core.config.LayoutSpec.MissingColumn;
import io.penstock.core.config.SourceSpec.Format;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Binds how a source's files are written. */
final class LayoutBinder {
    private static final List<String> ENCODINGS = List.of("utf-8", "iso-8859-1", "windows-1252", "utf-16");
    private static final List<String> ESCAPES = List.of("\"", "\\", LayoutSpec.NO_QUOTES);
    private static final Pattern SIZE = Pattern.compile("([1-9]\\d{0,5})\\s*(KiB|MiB)");
    private static final int USUAL_RECORD = 1 << 20;
    private static final int LONGEST_RECORD = 64 << 20;

    private final Section section;
    private final Format format;

    LayoutBinder(Section section, Format format) {
        this.section = section;
        this.format = format;
    }

    LayoutSpec bind() {
        only("on-overwrite", format != Format.DELTA, "csv, json and parquet");
        only("delimiter", format == Format.CSV, "csv");
        only("escape", format == Format.CSV, "csv");
        only("encoding", format.isText(), "csv and json");
        only("max-record", format.isText(), "csv and json");
        Optional<String> delimiter = delimiter();
        return new LayoutSpec(
                delimiter,
                Optional.of(section.choice("encoding", "utf-8", ENCODINGS)).filter(name -> !name.equals("utf-8")),
                maxRecord(),
                Optional.of(section.choice("on-missing-column", MissingColumn.REJECT, MissingColumn.class))
                        .filter(policy -> policy != MissingColumn.REJECT),
                escape(delimiter));
    }

    private void only(String key, boolean isFit, String formats) {
        if (section.has(key) && !isFit) {
            section.report(
                    ErrorCode.CONTRADICTING_KEYS,
                    key,
                    "",
                    "does not fit format = " + format.name().toLowerCase(Locale.ROOT) + " (fits " + formats + ")");
        }
    }

    private Optional<String> delimiter() {
        Optional<String> declared = section.optionalText("delimiter");
        boolean isSound = declared.isEmpty()
                || declared.get().length() == 1
                        && "\"\r\n".indexOf(declared.get().charAt(0)) < 0
                        && !Character.isLetterOrDigit(declared.get().charAt(0));
        if (!isSound) {
            section.report(
                    ErrorCode.INVALID_VALUE,
                    "delimiter",
                    "",
                    "must be one character such as \";\" or \"\\t\", no letter, digit, quote or line end");
        }
        return declared.filter(text -> isSound && !text.equals(","));
    }

    private Optional<String> escape(Optional<String> delimiter) {
        Optional<String> declared = section.optionalText("escape");
        boolean isSound = declared.isEmpty() || ESCAPES.contains(declared.get());
        if (!isSound) {
            section.report(
                    ErrorCode.INVALID_VALUE,
                    "escape",
                    "",
                    "must be \"\\\"\", a doubled quote as in RFC 4180, \"\\\\\", a backslash as Spark writes it,"
                            + " or none, where quotes are text");
        }
        if (declared.isPresent() && declared.equals(delimiter)) {
            section.report(
                    ErrorCode.CONTRADICTING_KEYS, "escape", "", "is the delimiter too: no field could hold either");
        }
        return declared.filter(text -> isSound);
    }

    private OptionalInt maxRecord() {
        String text = section.optionalText("max-record").orElse("1 MiB");
        Matcher size = SIZE.matcher(text);
        long characters = !size.matches()
                ? 0
                : Long.parseLong(size.group(1)) * (size.group(2).equals("KiB") ? 1 << 10 : 1 << 20);
        if (characters == 0 || characters > LONGEST_RECORD) {
            section.report(
                    ErrorCode.INVALID_VALUE,
                    "max-record",
                    "",
                    "is " + text + ", must be a size as 64 KiB or 4 MiB, at most 64 MiB");
            return OptionalInt.empty();
        }
        return characters == USUAL_RECORD ? OptionalInt.empty() : OptionalInt.of((int) characters);
    }
}
