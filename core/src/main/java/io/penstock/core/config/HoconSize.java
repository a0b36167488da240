package io.penstock.core.config;

import io.penstock.core.config.HoconScan.Entry;
import io.penstock.core.config.HoconScan.Substitution;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How long values become once substitutions are put in, told before they are: with {@code b = ${a}${a}, c = ${b}${b}} and so
 * on each key is twice as long as the one before it, and thirty such lines are gigabytes. Never less than the true
 * length, which depends on what replaces what.
 */
final class HoconSize {
    /** Characters of one value: some ten thousand allowed values. */
    static final int LONGEST = 1 << 19;

    private static final int LONGEST_OF_ALL = 1 << 23;
    /** What a key costs beside its value. */
    private static final int KEY = 20;

    private final TreeMap<String, List<Entry>> entries = new TreeMap<>();
    private final Map<String, String> environment;
    private final Map<String, Double> own = new HashMap<>();
    private final Set<String> open = new HashSet<>();

    /**
     * @param length of the value, in characters, once it were resolved
     * @param isMade whether substitutions make it so long
     */
    record Exceeded(String path, double length, boolean isMade) {
        String message() {
            return String.format(
                    Locale.ROOT,
                    isMade
                            ? "would have %,.0f characters once its substitutions are put in (at most %,d); take some of them out"
                            : "has %,.0f characters (at most %,d); make it shorter",
                    length,
                    LONGEST);
        }
    }

    private HoconSize(List<Entry> all, Map<String, String> environment) {
        this.environment = environment;
        all.forEach(entry ->
                entries.computeIfAbsent(entry.path(), path -> new ArrayList<>()).add(entry));
    }

    /** @param all what was read, lowest precedence first */
    static Optional<Exceeded> exceeded(List<Entry> all, Map<String, String> environment) {
        HoconSize size = new HoconSize(all, environment);
        double sum = 0;
        for (String path : new LinkedHashMap<>(size.entries).keySet()) {
            double length = size.own(path);
            sum += length;
            if (length > LONGEST || sum > LONGEST_OF_ALL) {
                return Optional.of(size.first(path, Math.max(length, sum > LONGEST_OF_ALL ? sum : 0)));
            }
        }
        return Optional.empty();
    }

    /** Where it begins: of keys that are all too long, one that is made of none of the others. */
    private Exceeded first(String path, double length) {
        Set<String> passed = new HashSet<>(Set.of(path));
        String first = path;
        for (Optional<String> next = tooLongIn(path, passed); next.isPresent(); next = tooLongIn(first, passed)) {
            first = next.get();
        }
        return new Exceeded(first, first.equals(path) ? length : own.get(first), isMade(first));
    }

    private Optional<String> tooLongIn(String path, Set<String> passed) {
        return substitutions(path)
                .map(HoconSize::name)
                .filter(name -> own.getOrDefault(name, 0.0) > LONGEST && passed.add(name))
                .findFirst();
    }

    private boolean isMade(String path) {
        return substitutions(path).findAny().isPresent();
    }

    private Stream<Substitution> substitutions(String path) {
        return entries.getOrDefault(path, List.of()).stream().flatMap(entry -> entry.substitutions().stream());
    }

    /** Of the values that are given to a key itself, whatever stands below it. */
    private double own(String path) {
        Double known = own.get(path);
        if (known != null) {
            return known;
        }
        if (!open.add(path)) {
            // Whatever refers to itself is told by whoever resolves it
            return 0;
        }
        double length = 0;
        for (Entry entry : entries.getOrDefault(path, List.of())) {
            double added = entry.literal().length();
            boolean isOfItself = false;
            for (Substitution substitution : entry.substitutions()) {
                String name = name(substitution);
                isOfItself |= name.equals(path);
                added += name.equals(path) ? length : whole(name);
            }
            // Objects are merged, lists added to; of two texts the longer counts
            boolean isAdded = entry.append() || entry.object() && !isOfItself;
            length = isAdded ? length + added : Math.max(isOfItself ? 0 : length, added);
        }
        open.remove(path);
        own.put(path, length);
        return length;
    }

    /** With all that stands below it, or comes to it by what stands above. */
    private double whole(String name) {
        double length = entries.containsKey(name) ? own(name) : 0;
        for (String below : below(name)) {
            length += own(below) + KEY;
        }
        for (int dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
            length += own(name.substring(0, dot));
        }
        if (length == 0) {
            int dot = name.indexOf('.');
            // A file that is included below a key has keys of its own
            length = dot > 0
                    ? whole(name.substring(dot + 1))
                    : environment.getOrDefault(name, "").length();
        }
        return length;
    }

    private List<String> below(String name) {
        List<String> below = new ArrayList<>(
                entries.subMap(name + ".", name + (char) ('.' + 1)).keySet());
        below.addAll(entries.subMap(name + "[", name + (char) ('[' + 1)).keySet());
        return below;
    }

    private static String name(Substitution substitution) {
        return substitution.name().replace("\"", "");
    }
}
