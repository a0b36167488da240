package io.penstock.ingestion.suggest;

import io.penstock.ingestion.format.Samples;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;

/**
 * Looks for columns that name a row: the fewest, at most three, that no two records of one landing share. Sets of columns
 * are tried from those with most different values on, and left at the first repetition. A single column that comes again
 * with later landings names a thing of which there are versions; several that do count only when no others name a record
 * once for all.
 */
final class KeySearch {
    private static final int MOST = 3;
    private static final int MOST_COLUMNS = 12;
    private static final double SAME = 0.8;
    private static final int FEWEST = 10;

    private final List<String> names;
    private final Map<String, List<FolderSample.Row>> landings;
    private final BiPredicate<String, String> isValue;

    /** @param isRepeated whether a later landing brings a key again; isSnapshot whether it brings nearly all of them */
    record Key(List<String> columns, boolean isRepeated, boolean isSnapshot) {}

    /**
     * @param landings records by the landing they came with, in order
     * @param isValue whether a column's text is a value; records without one are rejected, and name nothing
     */
    KeySearch(List<String> names, Map<String, List<FolderSample.Row>> landings, BiPredicate<String, String> isValue) {
        this.isValue = isValue;
        this.names = names;
        this.landings = landings;
    }

    /** Keys of the fewest columns that suffice, the likeliest first. */
    List<Key> find(Collection<Column> columns) {
        List<Integer> usable = columns.stream()
                .filter(column -> column.isNearlyFilled() && column.values() >= Column.ENOUGH && column.distinct() > 1)
                .filter(column ->
                        !column.type().equals("double") && !column.type().equals("boolean"))
                .filter(column -> !Samples.isUnnamed(column.name()))
                .sorted(Comparator.comparing((Column column) -> !column.name().matches("id|.*_(id|key|no|code)"))
                        .thenComparing(column -> column.type().equals("timestamp"))
                        .thenComparing(column -> -column.distinct()))
                .limit(MOST_COLUMNS)
                .map(column -> names.indexOf(column.name()))
                .toList();
        List<Key> repeated = List.of();
        for (int size = 1; size <= MOST; size++) {
            List<Key> keys = new ArrayList<>();
            for (List<Integer> set : sets(usable, 0, size)) {
                judge(set).ifPresent(keys::add);
            }
            List<Key> once = keys.stream().filter(key -> !key.isRepeated()).toList();
            boolean isName = size == 1 && !keys.isEmpty();
            if (!once.isEmpty() || isName) {
                return once.isEmpty() ? keys : once;
            }
            repeated = repeated.isEmpty() ? keys : repeated;
        }
        return repeated;
    }

    private static List<List<Integer>> sets(List<Integer> from, int start, int size) {
        if (size == 0) {
            return List.of(List.of());
        }
        List<List<Integer>> sets = new ArrayList<>();
        for (int i = start; i < from.size(); i++) {
            for (List<Integer> rest : sets(from, i + 1, size - 1)) {
                List<Integer> set = new ArrayList<>(List.of(from.get(i)));
                set.addAll(rest);
                sets.add(set);
            }
        }
        return sets;
    }

    private Optional<Key> judge(List<Integer> set) {
        Map<String, Set<List<String>>> keys = new LinkedHashMap<>();
        for (Map.Entry<String, List<FolderSample.Row>> landing : landings.entrySet()) {
            Set<List<String>> here = new HashSet<>();
            for (FolderSample.Row record : landing.getValue()) {
                String[] row = record.texts();
                if (set.stream().anyMatch(i -> !isValue.test(names.get(i), row[i]))) {
                    continue;
                }
                if (!here.add(set.stream().map(i -> row[i]).toList())) {
                    return Optional.empty();
                }
            }
            keys.put(landing.getKey(), here);
        }
        Set<List<String>> before = new HashSet<>();
        Set<List<String>> last = Set.of();
        boolean isRepeated = false;
        boolean isSnapshot = keys.size() > 1;
        for (Set<List<String>> here : keys.values()) {
            long shared = here.stream().filter(last::contains).count();
            isSnapshot &= last.isEmpty() || shared >= SAME * Math.min(here.size(), last.size());
            for (List<String> key : here) {
                isRepeated |= !before.add(key);
            }
            last = here;
        }
        long rows = landings.values().stream().mapToLong(List::size).sum();
        if (isRepeated && rows < (long) FEWEST * landings.size()) {
            return Optional.empty(); // in a handful of records anything is unique
        }
        return Optional.of(
                new Key(set.stream().sorted().map(names::get).toList(), isRepeated, isRepeated && isSnapshot));
    }
}
