package io.penstock.core.config;

import io.penstock.core.ErrorCode;
import io.penstock.core.config.SourceSpec.Format;
import io.penstock.core.config.SourceSpec.Mode;
import io.penstock.core.config.SourceSpec.NewColumn;
import io.penstock.core.config.SourceSpec.OnOverwrite;
import io.penstock.core.config.VolumeSpec.MaxWithdrawals;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Binds one source, and checks its SQL against its own columns. */
final class SourceBinder {
    static final List<String> TYPES = List.of("string", "int", "long", "double", "timestamp", "date", "boolean");
    /** Columns that Penstock adds to bronze and to what is computed of it. */
    private static final Set<String> RESERVED = Set.of("unit", "as_of");

    private static final List<String> MEASURES =
            List.of("completeness", "size", "mean", "minimum", "maximum", "unique", "approx-distinct");
    /** What is measured of numbers only. */
    private static final Set<String> OF_NUMBERS = Set.of("mean", "minimum", "maximum");
    /** A bound that bounds nothing. */
    private static final Set<String> OPEN = Set.of("Infinity", "-Infinity");

    private static final double NONE = Double.POSITIVE_INFINITY;

    private final Section section;
    private final SqlChecks sql;
    private final List<String> landings;
    private final Set<String> columnNames = new LinkedHashSet<>();

    /** @param landings the landing folder as it is written, and as it is meant */
    SourceBinder(Section section, SqlChecks sql, List<String> landings) {
        this.section = section;
        this.sql = sql;
        this.landings = landings;
    }

    SourceSpec bind(String name) {
        Format format = section.choice("format", Format.CSV, Format.class);
        String path = path(name, format);
        SqlChecks.SqlTable table = sql.table(name);
        Map<String, ColumnSpec> columns = columns(table);
        checkNames(path, columns);
        Map<String, String> derive = derive(table);
        Mode mode = section.choice("mode", Mode.APPEND, Mode.class);
        List<String> key = columnsOf("key");
        Optional<String> sequence = section.optionalText("sequence");
        checkMode(mode, key, sequence);
        sequence.ifPresent(text -> time("sequence", text, List.of("landed"), table, SqlUse.ORDER));
        Optional<String> deleteWhen = section.optionalText("delete-when");
        deleteWhen.ifPresent(text -> checkDeletion(mode, text, table));
        String eventTime = section.requiredText("event-time", "landed");
        time("event-time", eventTime, List.of("landed"), table, SqlUse.TIME);
        String knownAt = section.text("known-at", "landed");
        time("known-at", knownAt, List.of("landed", "ingest"), table, SqlUse.TIME);
        SourceSpec source = new SourceSpec(
                name,
                path,
                format,
                mode,
                key,
                sequence,
                deleteWhen,
                eventTime,
                knownAt,
                section.choice("on-new-column", NewColumn.EVOLVE, NewColumn.class),
                section.texts("null-values", List.of("", "NA")),
                section.flag("allow-empty", false),
                section.number("max-reject-rate", SourceSpec.MAX_REJECT_RATE, 0, 1),
                columns,
                derive,
                expectations(table),
                section.text("comment", ""));
        LayoutSpec layout = new LayoutBinder(section, format).bind();
        OnOverwrite onOverwrite = section.choice("on-overwrite", OnOverwrite.RESTATE, OnOverwrite.class);
        boolean current = current(mode);
        VolumeSpec volume = new VolumeSpec(
                        section.whole("min-files", 0, 0, Integer.MAX_VALUE),
                        section.optionalNumber("max-volume-change", 1, Double.MAX_VALUE),
                        maxWithdrawals(mode))
                .with(section.choice("on-no-rows", Reaction.PASS, Reaction.class));
        section.finish();
        section.refuseNulls();
        return source.with(layout).with(onOverwrite, current).with(volume);
    }

    private String path(String name, Format format) {
        if (format != Format.DELTA) {
            String files = section.requiredText("path", "\"" + name + "/landed={landed}/*.csv\"");
            if (section.has("path") && files.isBlank() && !section.isUnresolved("path")) {
                section.report(
                        ErrorCode.INVALID_VALUE,
                        "path",
                        "",
                        "is empty, must name the landing folders, such as \"" + name + "/landed={landed}/*.csv\"");
            }
            return Paths.checkSource(section, "path", files, landings);
        }
        String path = section.requiredText("path", "\"/warehouse/shop/bronze/" + name + "\"");
        if (section.has("path") && path.isBlank()) {
            section.report(ErrorCode.INVALID_VALUE, "path", "", "is empty, must name the folder of a Delta table");
        }
        return Paths.checkLocation(section, "path", path).replaceAll("(?<=.)/+$", "");
    }

    private void checkNames(String path, Map<String, ColumnSpec> columns) {
        Paths.columns(path).forEach(name -> mustExist(section, "path", name, columns.keySet()));
        Map<String, String> owners = new LinkedHashMap<>();
        columns.keySet().forEach(name -> owners.put(name, name));
        columns.values()
                .forEach(column -> column.renamedFrom().forEach(old -> {
                    String owner = owners.putIfAbsent(old, column.name());
                    if (owner != null) {
                        section.section("columns")
                                .section(column.name())
                                .report(
                                        ErrorCode.NAME_TAKEN,
                                        "renamed-from",
                                        old,
                                        old + " is a name of column " + owner + " already");
                    }
                }));
    }

    private Map<String, ColumnSpec> columns(SqlChecks.SqlTable table) {
        Map<String, ColumnSpec> columns = new LinkedHashMap<>();
        section.sections("columns").forEach((name, column) -> {
            declare(section.section("columns"), name);
            ColumnSpec spec = column(name, column);
            columns.put(name, spec);
            // A type that is none fits anything, so that expressions over the column are not blamed
            table.declare(name, TYPES.contains(column.text("type", "string")) ? spec.type() : SqlAnalysis.UNKNOWN);
        });
        if (columns.isEmpty()) {
            section.report(
                    ErrorCode.NOTHING_DECLARED, "columns", "", "no column is declared: a source needs a contract");
        }
        return columns;
    }

    private void declare(Section parent, String name) {
        Binder.checkName(parent, name);
        if (RESERVED.contains(name)) {
            parent.report(ErrorCode.NAME_TAKEN, name, "", "is a column that Penstock adds itself; choose another name");
        }
        if (!columnNames.add(name)) {
            parent.report(ErrorCode.NAME_TAKEN, name, "", "is declared in columns and derived as well; keep one");
        }
    }

    private static ColumnSpec column(String name, Section column) {
        String type = column.choice("type", "string", TYPES);
        boolean isTime = TimesBinder.TYPES.contains(type);
        List<Double> between = isTime ? List.of() : between(column);
        List<String> allowed = column.texts("allowed", List.of());
        if (column.has("allowed") && allowed.isEmpty()) {
            column.report(ErrorCode.NOTHING_DECLARED, "allowed", "", "is empty: no value would ever pass");
        }
        allowed.stream()
                .filter(value -> !isOf(type, value))
                .forEach(value -> column.report(
                        ErrorCode.INVALID_VALUE,
                        "allowed",
                        "",
                        "holds " + value + ", which is no " + type + ": none would match"));
        Optional<String> pattern = column.optionalText("pattern");
        pattern.ifPresent(regex -> checkPattern(column, regex));
        Optional<Integer> maxLength = column.optionalWhole("max-length", 1, Integer.MAX_VALUE);
        onlyFor(column, type, "max-length", List.of("string"));
        onlyFor(column, type, "pattern", List.of("string"));
        onlyFor(column, type, "between", List.of("int", "long", "double", "timestamp", "date"));
        TimesSpec times = new TimesBinder(column, type).bind();
        ColumnSpec spec = new ColumnSpec(
                name,
                type,
                column.flag("required", false),
                between,
                allowed,
                pattern,
                maxLength.map(OptionalInt::of).orElse(OptionalInt.empty()),
                column.text("comment", ""));
        List<String> renamedFrom = column.texts("renamed-from", List.of());
        column.finish();
        return spec.with(times, renamedFrom);
    }

    private static boolean isOf(String type, String value) {
        return switch (type) {
            case "int", "long" -> value.matches("[+-]?\\d+");
            case "double" -> Decimals.number(value).isPresent();
            default -> true;
        };
    }

    static void onlyFor(Section column, String type, String key, List<String> types) {
        if (column.has(key) && !types.contains(type)) {
            column.report(
                    ErrorCode.CONTRADICTING_KEYS,
                    key,
                    "",
                    "does not fit type " + type + " (fits " + String.join(", ", types) + ")");
        }
    }

    private static List<Double> between(Section column) {
        List<String> texts = column.texts("between", List.of());
        List<Double> bounds = new ArrayList<>();
        for (String text : texts) {
            Optional<Double> bound = OPEN.contains(text) ? Optional.of(Double.valueOf(text)) : Decimals.number(text);
            bound.ifPresentOrElse(
                    bounds::add,
                    () -> column.report(
                            ErrorCode.INVALID_VALUE, "between", "", "holds " + text + ", must be two numbers"));
        }
        boolean sound = texts.isEmpty() || texts.size() == 2 && bounds.size() == 2 && bounds.get(0) <= bounds.get(1);
        if (column.has("between") && (texts.isEmpty() || !sound && bounds.size() == texts.size())) {
            column.report(ErrorCode.INVALID_VALUE, "between", "", "must be two numbers, the lower first");
        }
        return bounds;
    }

    private static void checkPattern(Section column, String regex) {
        try {
            if (groupsWithin(regex) > HoconDepth.DEEPEST) {
                column.report(ErrorCode.NESTED_TOO_DEEPLY, "pattern", "", "is nested too deeply");
                return;
            }
            Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            column.report(ErrorCode.INVALID_VALUE, "pattern", "", "is no regular expression: " + e.getDescription());
        } catch (StackOverflowError e) {
            column.report(ErrorCode.NESTED_TOO_DEEPLY, "pattern", "", "is nested too deeply");
        }
    }

    /** How deep groups stand within each other: Java's compiler and matcher of patterns recurse over them. */
    private static int groupsWithin(String regex) {
        int depth = 0;
        int deepest = 0;
        for (int i = 0; i < regex.length(); i++) {
            char c = regex.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '(') {
                depth++;
                deepest = Math.max(deepest, depth);
            } else if (c == ')') {
                depth--;
            }
        }
        return deepest;
    }

    private Map<String, String> derive(SqlChecks.SqlTable table) {
        Map<String, String> derive = section.textMap("derive");
        Section parent = section.section("derive");
        derive.forEach((name, expression) -> {
            table.derive(name, sql.check(parent.place(name), expression, table, SqlUse.COLUMN));
            declare(parent, name);
        });
        return derive;
    }

    private void checkMode(Mode mode, List<String> key, Optional<String> sequence) {
        boolean keyed = mode != Mode.APPEND;
        if (keyed && key.isEmpty()) {
            section.report(
                    ErrorCode.COUNTERPART_MISSING,
                    "mode",
                    "",
                    name(mode) + " needs a key: which column names the row it replaces?");
        }
        if (mode == Mode.UPSERT && sequence.isEmpty()) {
            section.report(
                    ErrorCode.COUNTERPART_MISSING,
                    "mode",
                    "",
                    "upsert needs a sequence that orders the versions of a key: a column, or landed");
        }
        if (mode != Mode.UPSERT && sequence.isPresent() && !sequence.get().equals("landed")) {
            section.report(
                    ErrorCode.CONTRADICTING_KEYS,
                    "sequence",
                    "",
                    "contradicts mode = " + name(mode) + ", whose rows are ordered by landing");
        }
    }

    private boolean current(Mode mode) {
        boolean current = section.flag("current", false);
        if (current && mode == Mode.APPEND) {
            section.report(
                    ErrorCode.CONTRADICTING_KEYS,
                    "current",
                    "",
                    "contradicts mode = append, whose rows have no versions: use upsert or snapshot");
        }
        return current;
    }

    private Optional<MaxWithdrawals> maxWithdrawals(Mode mode) {
        if (!section.has("max-withdrawals")) {
            return Optional.empty();
        }
        if (mode == Mode.APPEND) {
            section.report(
                    ErrorCode.CONTRADICTING_KEYS,
                    "max-withdrawals",
                    "",
                    "contradicts mode = append, whose rows are never withdrawn: use upsert or snapshot");
        }
        Section bounds = section.section("max-withdrawals");
        MaxWithdrawals usual = MaxWithdrawals.USUAL;
        MaxWithdrawals declared = new MaxWithdrawals(
                bounds.number("share", usual.share(), 0, 1),
                bounds.whole("count", usual.count(), 0, Integer.MAX_VALUE));
        bounds.finish();
        return Optional.of(declared).filter(other -> !other.equals(usual));
    }

    private void checkDeletion(Mode mode, String condition, SqlChecks.SqlTable table) {
        if (mode != Mode.UPSERT) {
            section.report(
                    ErrorCode.CONTRADICTING_KEYS,
                    "delete-when",
                    "",
                    "contradicts mode = " + name(mode) + ": only a later version of a key can withdraw it, use upsert");
        }
        sql.check(section.place("delete-when"), condition, table, SqlUse.WITHDRAWAL);
    }

    private static String name(Mode mode) {
        return mode.name().toLowerCase(java.util.Locale.ROOT);
    }

    private void time(String key, String text, List<String> words, SqlChecks.SqlTable table, SqlUse use) {
        if (!text.isEmpty() && !words.contains(text)) {
            sql.check(section.place(key), text, table, use);
        }
    }

    private List<String> columnsOf(String key) {
        List<String> names = section.texts(key, List.of());
        names.forEach(name -> mustExist(section, key, name, columnNames));
        return names;
    }

    /** Reports a plain column name that its table does not have. */
    static void mustExist(Section section, String key, String name, java.util.Collection<String> columns) {
        if (!columns.contains(name)) {
            section.report(ErrorCode.UNKNOWN_COLUMN, key, name, "no column " + name, List.copyOf(columns));
        }
    }

    private List<ExpectationSpec> expectations(SqlChecks.SqlTable table) {
        List<Section> sections = section.list("expectations");
        if (section.has("expectations") && sections.isEmpty()) {
            section.report(
                    ErrorCode.NOTHING_DECLARED,
                    "expectations",
                    "",
                    "is empty: it would pass whatever lands; state a rule or leave it out");
        }
        return sections.stream().map(rule -> expectation(rule, table)).toList();
    }

    private ExpectationSpec expectation(Section rule, SqlChecks.SqlTable table) {
        List<String> kinds = MEASURES.stream().filter(rule::has).toList();
        if (kinds.isEmpty()) {
            return withoutMeasure(rule);
        }
        String kind = kinds.get(0);
        if (kinds.size() > 1) {
            rule.report(ErrorCode.NOT_EXACTLY_ONE, kind, "", "states several measures, keep one", MEASURES);
        }
        boolean share = kind.equals("unique") || kind.equals("completeness");
        boolean bounded = rule.has("at-least") || rule.has("at-most");
        if (!bounded && !share) {
            rule.report(
                    ErrorCode.NOTHING_DECLARED,
                    kind,
                    "",
                    "states no bound: it would always pass; add at-least or at-most");
        }
        double top = share ? 1 : NONE;
        double low = share ? 0 : -NONE;
        double atLeast = rule.number("at-least", bounded || !share ? -NONE : 1.0, low, top);
        double atMost = rule.number("at-most", NONE, low, top);
        if (atLeast > atMost) {
            rule.report(ErrorCode.CONTRADICTING_KEYS, "at-least", "", "is above at-most: the rule could never hold");
        }
        ExpectationSpec expectation =
                new ExpectationSpec(kind, measured(rule, kind, table), atLeast, atMost, rule.flag("warn-only", false));
        rule.finish();
        return expectation;
    }

    /** A measure whose name is misspelt is one mistake: nothing more is said of its rule. */
    private static ExpectationSpec withoutMeasure(Section rule) {
        List.of("at-least", "at-most", "warn-only").forEach(rule::allow);
        if (!rule.finish()) {
            rule.report(ErrorCode.NOT_EXACTLY_ONE, "states no measure", MEASURES);
        }
        return new ExpectationSpec("size", "", -NONE, NONE, true);
    }

    private String measured(Section rule, String kind, SqlChecks.SqlTable table) {
        if (kind.equals("unique")) {
            List<String> columns = rule.texts(kind, List.of());
            columns.forEach(name -> mustExist(rule, kind, name, columnNames));
            return String.join(",", columns);
        }
        String column = rule.text(kind, "");
        if (kind.equals("size")) {
            return "";
        }
        if (!column.isEmpty()) {
            mustExist(rule, kind, column, columnNames);
        }
        Optional.ofNullable(table.types().get(column))
                .filter(type -> OF_NUMBERS.contains(kind) && !SqlUse.isMeasurable(type))
                .ifPresent(type -> rule.report(
                        ErrorCode.CONTRADICTING_KEYS,
                        kind,
                        "",
                        "is of " + column + ", which is " + SqlUse.named(type) + ", must be of a number; "
                                + remedy(column, type)));
        return column;
    }

    private static String remedy(String column, String type) {
        return switch (type) {
            case "string" -> "declare another type of the column, or derive \"CAST(" + column + " AS double)\"";
            case "boolean" -> "derive \"CAST(" + column + " AS int)\"";
            case "date", "timestamp" -> "bound each value by between in its column, or derive a number of it";
            default -> "derive a number of it";
        };
    }
}
