package io.penstock.core.config;

import io.penstock.core.ErrorCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Collects mistakes so that all of them can be shown at once; one place in a file is reported once per code. */
final class Problems {
    /** What is shorter would mask half a sentence. */
    private static final int SHORTEST = 4;

    /** Characters of a message. */
    private static final int LONGEST = 2_000;

    private static final Pattern LONG_WORD = Pattern.compile("\\S{200,}");

    private final Set<ConfigProblem> found = new LinkedHashSet<>();
    private final Set<String> secrets = new LinkedHashSet<>();

    /** From now on this text is shown in no message, whatever it looks like. */
    void hide(String secret) {
        if (secret.length() >= SHORTEST) {
            secrets.add(secret);
        }
    }

    boolean holdsHidden(String text) {
        return secrets.stream().anyMatch(text::contains);
    }

    String masked(String text) {
        String shown = text;
        for (String secret : secrets) {
            shown = shown.replace(secret, Secrets.MASK);
        }
        return Secrets.masked(shown);
    }

    /** Masked, and of what is longer than anybody reads the start and the length. */
    private String shown(String text) {
        String words =
                LONG_WORD.matcher(masked(text)).replaceAll(word -> Matcher.quoteReplacement(cut(word.group(), 60)));
        return words.length() > LONGEST ? cut(words, LONGEST / 2) : words;
    }

    private static String cut(String text, int kept) {
        return String.format(Locale.ROOT, "%s… (%,d characters)", text.substring(0, kept), text.length());
    }

    /** Whatever a message quotes is masked here, so that no one who writes one need think of it. */
    void add(ConfigProblem problem) {
        found.add(new ConfigProblem(
                problem.code(),
                shown(problem.path()),
                problem.file(),
                problem.line(),
                shown(problem.value()),
                shown(problem.message()),
                problem.allowed(),
                problem.nearest()));
    }

    void add(ErrorCode code, Place place, String value, String message) {
        add(code, place, value, message, List.of());
    }

    void add(ErrorCode code, Place place, String value, String message, List<String> allowed) {
        String nearest = value.isEmpty() ? "" : Nearest.of(value, allowed);
        add(new ConfigProblem(
                code.code(),
                place.path(),
                place.file(),
                place.line(),
                Secrets.mask(place.path(), value),
                message,
                allowed,
                nearest));
    }

    /** Of one key and code the first finding says most. */
    void addOnce(ErrorCode code, Place place, String message, List<String> allowed) {
        boolean isTold = found.stream()
                .anyMatch(p -> p.code().equals(code.code())
                        && p.path().equals(shown(place.path()))
                        && !p.path().isEmpty());
        if (!isTold) {
            add(code, place, "", message, allowed);
        }
    }

    /** Whether a mistake of that code was found at the path or below it. */
    boolean has(ErrorCode code, String path) {
        String shown = shown(path);
        return found.stream()
                .anyMatch(p -> p.code().equals(code.code())
                        && (p.path().equals(shown) || p.path().startsWith(shown + ".")));
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
