package io.penstock.ingestion.suggest;

import io.penstock.ingestion.format.Samples;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which texts mean NULL: empty ones, the marks of databases, and others that stand in a column whose remaining values are
 * nearly all of one type. {@code NA} among words may be a value (Namibia).
 */
final class Nulls {
    private static final Set<String> ALWAYS = Set.of("", "NULL", "\\N");
    private static final Set<String> MAYBE = Set.of(
            "NA", "na", "N/A", "n/a", "N.A.", "n.a.", "#N/A", "null", "Null", "nil", "-", "--", "---", "NaN", "nan",
            "None", "none", "?");
    private static final List<String> TYPED = List.of("double", "date", "timestamp", "boolean");

    private final Map<String, Integer> seen = new TreeMap<>();
    private final Map<String, String> doubtful = new LinkedHashMap<>();

    void add(String column, List<String> texts) {
        Map<String, Integer> here = new TreeMap<>();
        texts.stream()
                .filter(text -> text != null && (ALWAYS.contains(text) || MAYBE.contains(text)))
                .forEach(text -> here.merge(text, 1, Integer::sum));
        boolean isTyped = here.keySet().stream().anyMatch(MAYBE::contains) && isTyped(texts);
        here.forEach((text, count) -> {
            if (ALWAYS.contains(text) || isTyped) {
                seen.merge(text, count, Integer::sum);
            } else {
                doubtful.putIfAbsent(text, column);
            }
        });
    }

    private static boolean isTyped(List<String> texts) {
        List<String> plain = texts.stream()
                .filter(text -> text != null && !ALWAYS.contains(text) && !MAYBE.contains(text))
                .toList();
        return !plain.isEmpty() && TYPED.stream().anyMatch(type -> isNearly(type, plain));
    }

    private static boolean isNearly(String type, List<String> texts) {
        int fitting = (int) texts.stream()
                .filter(text -> Samples.problem(type, text).isEmpty())
                .count();
        return Column.isNearly(fitting, texts.size() - fitting);
    }

    /** Spellings and how often each was met. */
    Map<String, Integer> seen() {
        return seen;
    }

    /** Spellings met among words only, with the first such column. */
    Map<String, String> doubtful() {
        Map<String, String> left = new LinkedHashMap<>(doubtful);
        left.keySet().removeAll(seen.keySet());
        return left;
    }

    boolean isNull(String text) {
        return text == null || seen.containsKey(text);
    }
}
