package io.penstock.core.config;

import io.penstock.core.ErrorCode;
import io.penstock.core.config.AggregateSpec.Function;
import io.penstock.core.config.SqlChecks.SqlTable;
import io.penstock.core.config.SqlTree.Sound;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Binds one feature view, and checks it against the source it is computed of. */
final class ViewBinder {
    /** What stands in the definition of an aggregate of whole numbers or conditions, to which it means nothing. */
    private static final int NO_SCALE = 4;

    private static final int MOST_DIGITS = 18;

    private static final List<String> FUNCTIONS = List.of("count", "sum", "mean");

    private final Section section;
    private final SqlChecks sql;
    private final Map<String, SourceSpec> sources;

    ViewBinder(Section section, SqlChecks sql, Map<String, SourceSpec> sources) {
        this.section = section;
        this.sql = sql;
        this.sources = sources;
    }

    /** Declared, then derived columns of a source. */
    static Set<String> columns(SourceSpec source) {
        Set<String> columns = new LinkedHashSet<>(source.columns().keySet());
        columns.addAll(source.derive().keySet());
        return columns;
    }

    /** The source that {@code key} names; a name that is not declared is reported. */
    static Optional<SourceSpec> source(Section section, String key, Map<String, SourceSpec> sources) {
        String name = section.requiredText(
                key, sources.isEmpty() ? "name" : sources.keySet().iterator().next());
        if (!name.isEmpty() && !sources.containsKey(name)) {
            section.report(ErrorCode.NOT_DECLARED, key, name, "no source " + name, List.copyOf(sources.keySet()));
        }
        return Optional.ofNullable(sources.get(name));
    }

    ViewSpec bind(String name) {
        Optional<SourceSpec> from = source(section, "from", sources);
        Optional<Set<String>> columns = from.map(ViewBinder::columns);
        List<String> entity = known("entity", columns);
        if (entity.isEmpty()) {
            section.report(
                    ErrorCode.REQUIRED_KEY_MISSING,
                    "entity",
                    "",
                    "needs entity, such as entity = [carrier]: what is the feature about?");
        }
        Optional<String> where = section.optionalText("where");
        where.ifPresent(text -> table(from).ifPresent(t -> sql.check(section.place("where"), text, t, SqlUse.FILTER)));
        Map<String, AggregateSpec> aggregates = new LinkedHashMap<>();
        section.sections("aggregate").forEach((aggregate, rule) -> {
            Binder.checkName(section.section("aggregate"), aggregate);
            aggregates.put(aggregate, aggregate(aggregate, rule, table(from)));
        });
        List<String> latest = known("latest", columns);
        Optional<Duration> maxAge = section.duration("max-age");
        if (aggregates.isEmpty() && latest.isEmpty()) {
            section.report(
                    ErrorCode.NOTHING_DECLARED, "aggregate", "", "declares no feature: needs aggregate or latest");
        }
        if (maxAge.isPresent() && latest.isEmpty()) {
            section.report(
                    ErrorCode.COUNTERPART_MISSING,
                    "max-age",
                    "",
                    "limits the age of latest values, but there is no latest");
        }
        ViewSpec view = new ViewSpec(
                name,
                section.whole("version", 1, 1, 9999),
                from.map(SourceSpec::name).orElse(""),
                entity,
                where,
                aggregates,
                latest,
                maxAge,
                section.text("comment", ""));
        checkColumns(view);
        section.finish();
        return view;
    }

    private List<String> known(String key, Optional<Set<String>> columns) {
        List<String> names = section.texts(key, List.of());
        columns.ifPresent(c -> names.forEach(name -> SourceBinder.mustExist(section, key, name, c)));
        return names;
    }

    private Optional<SqlTable> table(Optional<SourceSpec> from) {
        return from.map(source -> sql.table(source.name()));
    }

    private AggregateSpec aggregate(String name, Section rule, Optional<SqlTable> table) {
        List<String> functions = FUNCTIONS.stream().filter(rule::has).toList();
        String function = functions.isEmpty() ? "count" : functions.get(0);
        if (functions.isEmpty()) {
            withoutFunction(rule);
        } else if (functions.size() > 1) {
            rule.report(ErrorCode.NOT_EXACTLY_ONE, function, "", "states several functions, keep one", FUNCTIONS);
        }
        String expression = rule.text(function, "*");
        boolean rows = function.equals("count") && expression.equals("*");
        Optional<Sound> sound = Optional.empty();
        if (!rows && !functions.isEmpty()) {
            SqlUse use = function.equals("count") ? SqlUse.COUNTED : SqlUse.SUMMED;
            sound = table.flatMap(known -> sql.check(rule.place(function), expression, known, use));
        }
        AggregateSpec aggregate = new AggregateSpec(
                name,
                Function.valueOf(function.toUpperCase(Locale.ROOT)),
                expression,
                scale(rule, function, sound),
                windows(rule));
        if (!functions.isEmpty()) {
            rule.finish();
        }
        return aggregate;
    }

    /** A function whose name is misspelt is one mistake. */
    private static void withoutFunction(Section rule) {
        List.of("over", "scale").forEach(rule::allow);
        if (!rule.finish()) {
            rule.report(ErrorCode.NOT_EXACTLY_ONE, "states no function", FUNCTIONS);
        }
    }

    /** Fractions are summed with all their bits, unless it is said how many digits count. */
    private static OptionalInt scale(Section rule, String function, Optional<Sound> sound) {
        boolean isExact = !rule.has("scale")
                && !function.equals("count")
                && sound.filter(value -> !SqlUse.isWholeOrCondition(value.type()))
                        .isPresent();
        return isExact ? OptionalInt.empty() : OptionalInt.of(rule.whole("scale", NO_SCALE, 0, MOST_DIGITS));
    }

    private static List<Duration> windows(Section rule) {
        List<Duration> windows = rule.durations("over");
        if (!rule.has("over") || windows.isEmpty()) {
            rule.report(ErrorCode.NOTHING_DECLARED, "over", "", "states no window, such as over = [1d, 7d]");
        }
        for (Duration window : windows) {
            if (window.toSeconds() % Duration.ofHours(1).toSeconds() != 0) {
                rule.report(
                        ErrorCode.INVALID_VALUE,
                        "over",
                        "",
                        "holds " + Section.written(window) + ", must be whole hours or days");
            }
        }
        if (new LinkedHashSet<>(windows).size() < windows.size()) {
            rule.report(ErrorCode.REPEATED_VALUE, "over", "", "holds the same window twice");
        }
        return windows.stream().distinct().toList();
    }

    private void checkColumns(ViewSpec view) {
        List<String> columns = new ArrayList<>(view.entity());
        columns.add("unit");
        columns.add("as_of");
        columns.addAll(view.latest());
        view.aggregates().values().forEach(a -> a.over().forEach(w -> columns.add(a.column(w))));
        Set<String> seen = new LinkedHashSet<>();
        columns.stream().filter(column -> !seen.add(column)).distinct().forEach(column -> {
            section.report(
                    ErrorCode.NAME_TAKEN, "version", "", "would have two columns named " + column + "; rename one");
        });
    }
}
