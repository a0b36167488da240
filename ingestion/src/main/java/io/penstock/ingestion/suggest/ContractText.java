package io.penstock.ingestion.suggest;

import io.penstock.core.config.SourceSpec.Format;
import io.penstock.ingestion.format.Samples;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes a contract: settings, then a line per column, with what supports each as a comment. */
final class ContractText {
    private static final MathContext SHOWN = new MathContext(6);
    private static final int FROM = 34;
    private static final String LATER =
            "(updated|modified|changed|last)(_.*)?|.*_(updated|modified|changed)(_at)?|version|revision";

    private final String name;
    private final String path;
    private final FolderSample.Group group;
    private final List<Column> columns;
    private final Map<String, String> former;
    private final List<KeySearch.Key> keys;
    private final Nulls nulls;
    private final boolean isComplete;
    private final List<String> questions;
    private final StringBuilder out = new StringBuilder();

    /** @param former names that the files give columns, where they are others */
    ContractText(
            String name,
            String path,
            FolderSample.Group group,
            List<Column> columns,
            Map<String, String> former,
            List<KeySearch.Key> keys,
            Nulls nulls,
            boolean isComplete,
            List<String> questions) {
        this.name = name;
        this.path = path;
        this.group = group;
        this.columns = columns;
        this.former = former;
        this.keys = keys;
        this.nulls = nulls;
        this.isComplete = isComplete;
        this.questions = questions;
    }

    List<String> key() {
        return keys.isEmpty() ? List.of() : keys.get(0).columns();
    }

    String mode() {
        if (keys.isEmpty() || !keys.get(0).isRepeated()) {
            return "append";
        }
        return keys.get(0).isSnapshot() ? "snapshot" : "upsert";
    }

    String text() {
        int rows = group.rows().size();
        out.append(name).append(" {\n");
        comment(Suggestion.count(group.files(), "file") + ", " + size(group.bytes())
                + (group.isWhole()
                        ? ", all read: "
                        : "; read: the start of " + Suggestion.count(group.sampled(), "file") + ": ")
                + Suggestion.count(rows, "record"));
        group.headless()
                .ifPresent(value -> comment("No header? The first line, with " + Suggestion.Names.shown(value)
                        + " in it, looks like a row and would be lost: put column names on top of each file"));
        setting("path = " + quoted(path), "");
        written(group.style());
        keys(rows);
        eventTime();
        setting("known-at = landed", "");
        if (isComplete) {
            setting("on-new-column = evolve", "");
        } else {
            setting("on-new-column = ignore", "some columns have no name that can be declared");
        }
        nulls();
        lines();
        return out.append("}\n").toString();
    }

    private void written(Samples.Style style) {
        boolean isCsv = style.format() == Format.CSV;
        setting(
                "format = " + style.format().name().toLowerCase(Locale.ROOT),
                style.equals(Samples.Style.USUAL)
                        ? "UTF-8, comma"
                        : style.format() == Format.JSON ? "an object a line" : "");
        if (isCsv && !style.delimiter().equals(",")) {
            setting("delimiter = " + quoted(style.delimiter()), "rows have as many fields as the header");
        }
        style.escape()
                .ifPresent(escape -> setting(
                        "escape = " + quoted(escape),
                        escape.equals("\"")
                                ? "quotes are doubled inside a value, backslashes are text"
                                : "a backslash stands before a quote inside a value"));
        if (style.encoding().equals("windows-1252")) {
            setting("encoding = windows-1252", "guess: some bytes are not UTF-8");
            questions.add("Which encoding are the files of? Some bytes are not UTF-8; windows-1252 is a guess, which"
                    + " iso-8859-1 differs from in few characters: look at names with accents");
        } else if (!style.encoding().equals("utf-8")) {
            setting("encoding = " + style.encoding(), "its bytes say so");
        }
    }

    private void keys(int rows) {
        String mode = mode();
        setting(
                "mode = " + mode,
                switch (mode) {
                    case "snapshot" -> "guess: each landing brings nearly all keys again";
                    case "upsert" -> "guess: later landings bring some keys again";
                    default ->
                        keys.isEmpty()
                                ? rows < Column.ENOUGH ? "too few records to look for a key" : "no key was found"
                                : "no key came twice";
                });
        if (keys.isEmpty()) {
            questions.add("Which columns name a row? "
                    + (rows < Column.ENOUGH
                            ? Suggestion.count(rows, "record") + " are too few to tell"
                            : "No set of up to 3 columns is unique in " + Suggestion.count(rows, "record")
                                    + " (columns with gaps, doubles and flags are not tried)"));
            return;
        }
        String others = keys.stream()
                .skip(1)
                .limit(3)
                .map(other -> String.join(" + ", other.columns()))
                .collect(Collectors.joining("; "));
        long without = columns.stream()
                .filter(column -> key().contains(column.name()))
                .mapToLong(column -> column.nulls() + column.unfits())
                .sum();
        setting(
                "key = [" + String.join(", ", key()) + "]",
                "unique in " + (mode.equals("append") ? Suggestion.count(rows, "record") : "each landing")
                        + (without == 0 ? "" : String.format(Locale.ROOT, "; %,d without it are rejected", without))
                        + (others.isEmpty() ? "" : "; so is " + others));
        if (!others.isEmpty() || key().size() > 1) {
            questions.add(
                    "Is the key " + String.join(" + ", key()) + "? It is unique in what was read, which proves little"
                            + (others.isEmpty() ? "" : "; so is " + others));
        }
        if (mode.equals("upsert")) {
            sequence();
        }
        if (!mode.equals("append")) {
            questions.add(
                    "Does a key that comes again replace the earlier row? Then " + mode + " is right, else append");
        }
    }

    private void sequence() {
        String later = columns.stream()
                .filter(column ->
                        column.nulls() + column.unfits() == 0 && column.name().matches(LATER))
                .filter(column -> List.of("timestamp", "int", "long").contains(column.type()))
                .map(Column::name)
                .findFirst()
                .orElse("landed");
        setting("sequence = " + later, later.equals("landed") ? "the later landing wins" : "guess, by its name");
    }

    private void eventTime() {
        List<String> times = columns.stream()
                .filter(column -> column.type().equals("timestamp") && column.isNearlyFilled())
                .sorted(Comparator.comparing((Column column) -> column.nulls() + column.unfits() > 0))
                .map(Column::name)
                .toList();
        List<String> likely = new ArrayList<>(
                times.stream().filter(time -> !time.matches(LATER)).toList());
        String chosen = likely.isEmpty() ? "landed" : likely.get(0);
        setting(
                "event-time = " + chosen,
                likely.isEmpty() ? "no timestamp column is nearly always filled" : filled(chosen));
        if (likely.size() > 1) {
            questions.add(
                    "When did what a row tells happen: " + String.join(", ", likely) + "? event-time is the first");
        } else if (likely.isEmpty()) {
            questions.add("When did what a row tells happen? event-time is the landing, for want of a timestamp");
        }
    }

    private String filled(String time) {
        int without = columns.stream()
                .filter(column -> column.name().equals(time))
                .mapToInt(column -> column.nulls() + column.unfits())
                .sum();
        return "guess: a timestamp, "
                + (without == 0 ? "always filled" : "filled in all but " + Suggestion.count(without, "record"));
    }

    private void nulls() {
        String seen = nulls.seen().entrySet().stream()
                .map(entry -> quoted(entry.getKey()) + " " + String.format(Locale.ROOT, "%,d", entry.getValue()))
                .collect(Collectors.joining(", "));
        List<String> spellings = new ArrayList<>(nulls.seen().keySet());
        if (!spellings.contains("")) {
            spellings.add(0, "");
        }
        setting(
                "null-values = [" + spellings.stream().map(ContractText::quoted).collect(Collectors.joining(", "))
                        + "]",
                seen.isEmpty() ? "none was met" : "met: " + seen);
    }

    private void lines() {
        out.append("  columns {\n");
        int wide = columns.stream()
                .mapToInt(column -> column.name().length())
                .max()
                .orElse(0);
        List<String> lines = columns.stream()
                .map(column -> String.format("    %-" + wide + "s { %s }", column.name(), rules(column)))
                .toList();
        int from = Math.min(96, lines.stream().mapToInt(String::length).max().orElse(0));
        for (int i = 0; i < lines.size(); i++) {
            out.append(String.format("%-" + from + "s  # %s%n", lines.get(i), support(columns.get(i))));
        }
        out.append("  }\n");
    }

    private String rules(Column column) {
        StringBuilder rules = new StringBuilder("type = " + column.type());
        if (column.isRequired() || key().contains(column.name())) {
            rules.append(", required = true");
        }
        if (!column.allowed().isEmpty()) {
            rules.append(", allowed = [")
                    .append(column.allowed().stream().map(ContractText::quoted).collect(Collectors.joining(", ")))
                    .append(']');
        }
        if (former.containsKey(column.name())) {
            rules.append(", renamed-from = [")
                    .append(quoted(former.get(column.name())))
                    .append(']');
        }
        column.pattern().ifPresent(pattern -> rules.append(", pattern = ").append(quoted(pattern)));
        return rules.toString();
    }

    private static String support(Column column) {
        List<String> parts = new ArrayList<>();
        parts.add(Suggestion.count(column.values(), "value"));
        if (column.nulls() > 0) {
            parts.add(String.format(Locale.ROOT, "%,d NULL", column.nulls()));
        }
        if (!column.allowed().isEmpty() || column.pattern().isPresent()) {
            parts.add((column.allowed().isEmpty() ? "pattern" : "allowed") + " is a guess");
        }
        if (!column.met().isEmpty()) {
            parts.add("met " + plain(column.met().get(0)) + " to "
                    + plain(column.met().get(1)) + ": between?");
        }
        parts.addAll(column.notes());
        return String.join("; ", parts);
    }

    private void setting(String text, String support) {
        out.append(support.isEmpty() ? "  " + text + "\n" : String.format("  %-" + FROM + "s  # %s%n", text, support));
    }

    private void comment(String text) {
        out.append("  # ").append(text).append('\n');
    }

    private static String size(long bytes) {
        return bytes < 1 << 20
                ? String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0)
                : String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
    }

    private static String plain(double bound) {
        return BigDecimal.valueOf(bound).round(SHOWN).stripTrailingZeros().toPlainString();
    }

    static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\t", "\\t") + "\"";
    }
}
