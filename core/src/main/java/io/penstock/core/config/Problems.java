package io.penstock.core.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects mistakes so that all of them can be shown at once; one place in a file is reported once per code. */
final class Problems {
    private final Set<ConfigProblem> found = new LinkedHashSet<>();

    /** Whatever a message quotes is masked here, so that nobody who writes one need think of it. */
    void add(ConfigProblem problem) {
        found.add(new ConfigProblem(
                problem.code(),
                Secrets.masked(problem.path()),
                problem.file(),
                problem.line(),
                Secrets.masked(problem.value()),
                Secrets.masked(problem.message()),
                problem.allowed(),
                problem.nearest()));
    }

    void add(String code, Place place, String value, String message) {
        add(code, place, value, message, List.of());
    }

    void add(String code, Place place, String value, String message, List<String> allowed) {
        String nearest = value.isEmpty() ? "" : Nearest.of(value, allowed);
        add(new ConfigProblem(
                code,
                place.path(),
                place.file(),
                place.line(),
                Secrets.mask(place.path(), value),
                message,
                allowed,
                nearest));
    }

    /** Of one key and code the first finding says most. */
    void addOnce(String code, Place place, String message, List<String> allowed) {
        boolean isTold = found.stream()
                .anyMatch(p -> p.code().equals(code)
                        && p.path().equals(Secrets.masked(place.path()))
                        && !p.path().isEmpty());
        if (!isTold) {
            add(code, place, "", message, allowed);
        }
    }

    /** Whether a mistake of that code was found at the path or below it. */
    boolean has(String code, String path) {
        String masked = Secrets.masked(path);
        return found.stream()
                .anyMatch(p -> p.code().equals(code)
                        && (p.path().equals(masked) || p.path().startsWith(masked + ".")));
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    /** In the order of {@code files}, then of lines; what has no line comes last. */
    List<ConfigProblem> sorted(List<String> files) {
        List<ConfigProblem> sorted = new ArrayList<>(found);
        sorted.sort(Comparator.comparingInt((ConfigProblem p) -> rank(files.indexOf(p.file())))
                .thenComparingInt(p -> rank(p.line())));
        return sorted;
    }

    private static int rank(int position) {
        return position < 0 ? Integer.MAX_VALUE : position;
    }

    /** Where a value stands. */
    record Place(String path, String file, int line) {}
}
