package io.penstock.core.config;

import io.penstock.core.config.SourceSpec.Format;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Which row features of a model read the columns that its label is made of, directly or through derived columns. That can
 * only be where spine and label are rows of one source, or of two sources that may take the same files: their paths have a
 * file in common, however they are written. There a column has all names that either source gives it, {@code renamed-from}
 * included. Views are not meant: they hold what was known of rows before; nor are the spine's key and event time, which a row
 * that is asked has already.
 *
 * @param landing folder that relative paths of tables lie below
 * @param columnsOf the columns that an expression reads
 */
public record LabelLineage(
        SourceSpec spine, SourceSpec label, String value, String landing, Function<String, Set<String>> columnsOf) {
    /** Parses SQL. */
    public static Map<String, Set<String>> of(PipelineConfig config, ModelSpec model) {
        return new LabelLineage(
                        config.source(model.spine().from()),
                        config.source(model.label().from()),
                        model.label().value(),
                        config.locations().landing(),
                        SqlTree::columns)
                .shared(model.rows());
    }

    /** Row feature → the columns that it shares with the label, as the spine names them; only those that share one. */
    Map<String, Set<String>> shared(Map<String, String> rows) {
        Map<String, Set<String>> found = new LinkedHashMap<>();
        boolean isOneSource = spine.name().equals(label.name());
        if (!isOneSource && !mayTakeTheSameFiles()) {
            return found;
        }
        Set<String> told = new HashSet<>();
        declared(label, value).forEach(column -> told.addAll(isOneSource ? Set.of(column) : names(label, column)));
        Set<String> known = known();
        rows.forEach((name, expression) -> {
            Set<String> shared = new TreeSet<>();
            collect(spine, expression, shared, new HashSet<>(known));
            shared.removeAll(known);
            shared.removeIf(column -> Collections.disjoint(told, isOneSource ? Set.of(column) : names(spine, column)));
            if (!shared.isEmpty()) {
                found.put(name, shared);
            }
        });
        return found;
    }

    /** Columns that a row of the spine has by definition: derived ones, and what they are when they are no more than it. */
    private Set<String> known() {
        Set<String> known = new HashSet<>(spine.key());
        known.add(spine.eventTime());
        for (String column : List.copyOf(known)) {
            Set<String> madeOf = new HashSet<>();
            collect(spine, Set.of(column), madeOf, new HashSet<>());
            if (madeOf.size() == 1) {
                known.addAll(madeOf);
            }
        }
        return known;
    }

    private boolean mayTakeTheSameFiles() {
        boolean isTable = spine.format() == Format.DELTA;
        if (isTable != (label.format() == Format.DELTA)) {
            return false;
        }
        if (isTable) {
            return Paths.isSame(Paths.below(landing, spine.path()), Paths.below(landing, label.path()));
        }
        return PathPattern.of(spine.path()).meets(PathPattern.of(label.path()))
                || followed(spine).meets(followed(label));
    }

    private PathPattern followed(SourceSpec source) {
        return PathPattern.of(Paths.followed(landing, source.path()));
    }

    /** What files may call a column: its name, former names, and the folder that holds its value. */
    private static Set<String> names(SourceSpec source, String column) {
        Set<String> names = new HashSet<>(Set.of(column));
        Optional.ofNullable(source.columns().get(column))
                .map(ColumnSpec::renamedFrom)
                .ifPresent(names::addAll);
        Optional.ofNullable(PathPattern.of(source.path()).columns().get(column)).ifPresent(names::add);
        return names;
    }

    private Set<String> declared(SourceSpec source, String expression) {
        Set<String> declared = new TreeSet<>();
        collect(source, expression, declared, new HashSet<>());
        return declared;
    }

    private void collect(SourceSpec source, String expression, Set<String> declared, Set<String> followed) {
        collect(source, columnsOf.apply(expression), declared, followed);
    }

    private void collect(SourceSpec source, Set<String> columns, Set<String> declared, Set<String> followed) {
        for (String column : columns) {
            if (!source.derive().containsKey(column)) {
                declared.add(column);
            } else if (followed.add(column)) {
                collect(source, source.derive().get(column), declared, followed);
            }
        }
    }
}
