package io.penstock.core.config;

import io.penstock.core.config.PipelineConfig.Model;
import io.penstock.core.config.PipelineConfig.Source;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Which row features of a model read the columns that its label is made of, directly or through derived columns. That can
 * only be where spine and label are rows of one source, or of two sources over the same files. Views are not meant: they
 * hold what was known of rows before.
 *
 * @param columnsOf the columns that an expression reads
 */
public record LabelLineage(Source spine, Source label, String value, Function<String, Set<String>> columnsOf) {
    /** Parses SQL. */
    public static Map<String, Set<String>> of(PipelineConfig config, Model model) {
        return new LabelLineage(
                        config.source(model.spine().from()),
                        config.source(model.label().from()),
                        model.label().value(),
                        SqlTree::columns)
                .shared(model.rows());
    }

    /** Row feature → the columns that it shares with the label; only those that share one. */
    Map<String, Set<String>> shared(Map<String, String> rows) {
        Map<String, Set<String>> found = new LinkedHashMap<>();
        boolean isSameRow = spine.name().equals(label.name()) || spine.path().equals(label.path());
        if (!isSameRow) {
            return found;
        }
        Set<String> told = declared(label, value);
        rows.forEach((name, expression) -> {
            Set<String> shared = declared(spine, expression);
            shared.retainAll(told);
            if (!shared.isEmpty()) {
                found.put(name, shared);
            }
        });
        return found;
    }

    private Set<String> declared(Source source, String expression) {
        Set<String> declared = new TreeSet<>();
        for (String column : columnsOf.apply(expression)) {
            if (source.derive().containsKey(column)) {
                declared.addAll(declared(source, source.derive().get(column)));
            } else {
                declared.add(column);
            }
        }
        return declared;
    }
}
