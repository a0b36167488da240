package io.penstock.core.config;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The values that an expression can have at most, where they are few: numbers and conditions as SQL writes them, text in
 * quotes, NULL.
 *
 * @param few empty where they are many or not known
 */
record Values(Set<String> few) {
    static final String NULL = "NULL";
    static final Values ANY = new Values(Set.of());

    private static final Set<String> CONDITIONS = Set.of("true", "false", NULL);
    private static final Set<String> BITS = Set.of("0", "1", NULL);

    boolean isKnown() {
        return !few.isEmpty();
    }

    boolean isAlwaysNull() {
        return few.equals(Set.of(NULL));
    }

    /** Whether a condition holds for no row; NULL does not hold. */
    boolean isNeverTrue() {
        return isKnown() && CONDITIONS.containsAll(few) && !few.contains("true");
    }

    boolean isAlwaysTrue() {
        return few.equals(Set.of("true"));
    }

    /** Whether a number can only be 0, 1 or NULL: the word for a condition in dialects that have no booleans. */
    boolean isBit() {
        return isKnown() && BITS.containsAll(few);
    }

    /** What it can be beside NULL. */
    Set<String> present() {
        Set<String> present = new TreeSet<>(few);
        present.remove(NULL);
        return present;
    }

    /** As {@link #toString} writes them. */
    static Values read(String text) {
        return text.isEmpty() ? ANY : new Values(Set.of(text.split(",")));
    }

    /** In order, with commas, which none of them holds. */
    @Override
    public String toString() {
        return few.stream().sorted().collect(Collectors.joining(","));
    }
}
