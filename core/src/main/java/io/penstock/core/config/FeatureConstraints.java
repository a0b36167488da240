package io.penstock.core.config;

import io.penstock.core.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Constraints on the inputs of a model, which XGBoost takes by position only. They are declared by name, since positions
 * change with every input, or by position as XGBoost has them.
 */
public final class FeatureConstraints {
    private static final Pattern POSITIONS =
            Pattern.compile("\\s*[(\\[]?\\s*(-?\\d+(?:\\s*,\\s*-?\\d+)*)\\s*,?\\s*[)\\]]?\\s*");
    private static final Pattern NAMED = Pattern.compile("\\s*[\"']?(\\w+)[\"']?\\s*[:=]\\s*(-?\\d+)\\s*");

    private FeatureConstraints() {}

    /**
     * {@code monotone_constraints}: −1, 0 or 1 per feature.
     *
     * @param text as declared, {@code {"distance": 1}} or {@code (1,0,-1)}
     * @param features inputs of the candidate; a constraint on another input of its model says nothing here
     * @throws IllegalArgumentException if the text is none, with what is wrong
     */
    public static int[] monotone(String text, List<String> features) {
        int[] signs = new int[features.size()];
        Matcher positions = POSITIONS.matcher(text);
        if (positions.matches()) {
            String[] all = positions.group(1).split("\\s*,\\s*");
            if (all.length != signs.length) {
                throw new IllegalArgumentException("has " + all.length + " signs for " + signs.length
                        + " inputs; name the inputs instead, such as { " + example(features) + " = 1 }");
            }
            for (int i = 0; i < signs.length; i++) {
                signs[i] = sign(all[i]);
            }
            return signs;
        }
        named(text).forEach((name, sign) -> {
            if (features.contains(name)) {
                signs[features.indexOf(name)] = sign;
            }
        });
        return signs;
    }

    /**
     * {@code interaction_constraints}: groups of features that may stand on one path, by their positions; empty if none of
     * them is an input.
     *
     * @param text as declared, {@code [["distance", "hour"], ["carrier"]]}, or with positions
     * @throws IllegalArgumentException if the text is none, with what is wrong
     */
    public static Optional<String> interaction(String text, List<String> features) {
        List<List<Integer>> groups = new ArrayList<>();
        for (List<Object> group : groups(text)) {
            List<Integer> positions = new ArrayList<>();
            for (Object member : group) {
                if (member instanceof Integer position) {
                    if (position < 0 || position >= features.size()) {
                        throw new IllegalArgumentException("names position " + position + " of " + features.size()
                                + " inputs; name the inputs instead, such as [[" + example(features) + "]]");
                    }
                    positions.add(position);
                } else if (features.contains(String.valueOf(member))) {
                    positions.add(features.indexOf(String.valueOf(member)));
                }
            }
            if (!positions.isEmpty()) {
                groups.add(positions);
            }
        }
        return groups.isEmpty() ? Optional.empty() : Optional.of(Json.canonical(groups));
    }

    /** The inputs that a constraint names. */
    static List<String> names(String parameter, String text) {
        if (parameter.equals("monotone_constraints")) {
            return POSITIONS.matcher(text).matches()
                    ? List.of()
                    : List.copyOf(named(text).keySet());
        }
        return groups(text).stream()
                .flatMap(List::stream)
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .distinct()
                .toList();
    }

    /** @throws IllegalArgumentException if the text constrains none of the inputs */
    static void requireEffect(String parameter, String text, List<String> inputs) {
        if (parameter.equals("monotone_constraints")) {
            Matcher positions = POSITIONS.matcher(text);
            boolean isIdle = positions.matches()
                    ? positions.group(1).matches("[0,\\s-]*")
                    : named(text).values().stream().allMatch(sign -> sign == 0);
            require(!isIdle, "every sign is 0: use 1 or -1");
        } else {
            List<List<Object>> groups = groups(text);
            require(
                    !groups.stream().allMatch(List::isEmpty),
                    "it names no input: name some, such as [[distance, age]]");
            require(
                    groups.stream().noneMatch(group -> isOfAll(group, inputs)),
                    "one group holds every input: name those that may stand on one path");
        }
    }

    private static boolean isOfAll(List<Object> group, List<String> inputs) {
        return IntStream.range(0, inputs.size())
                .allMatch(position -> group.contains(position) || group.contains(inputs.get(position)));
    }

    private static void require(boolean isSo, String otherwise) {
        if (!isSo) {
            throw new IllegalArgumentException("constrains nothing, since " + otherwise + ", or leave it out");
        }
    }

    private static Map<String, Integer> named(String text) {
        String stripped = text.strip();
        if (!stripped.startsWith("{") || !stripped.endsWith("}") || stripped.length() < 3) {
            throw new IllegalArgumentException("must be a sign per input, such as { distance = 1, age = -1 }");
        }
        Map<String, Integer> signs = new LinkedHashMap<>();
        for (String part : stripped.substring(1, stripped.length() - 1).split(",")) {
            Matcher one = NAMED.matcher(part);
            if (!one.matches()) {
                throw new IllegalArgumentException(
                        "holds " + part.strip() + ", must be a sign per input, such as { distance = 1, age = -1 }");
            }
            if (signs.put(one.group(1), sign(one.group(2))) != null) {
                throw new IllegalArgumentException("names " + one.group(1) + " twice");
            }
        }
        return signs;
    }

    private static int sign(String text) {
        return switch (text) {
            case "-1" -> -1;
            case "0" -> 0;
            case "1" -> 1;
            default -> throw new IllegalArgumentException("holds " + text + ", must be -1, 0 or 1");
        };
    }

    private static List<List<Object>> groups(String text) {
        List<List<Object>> groups = new ArrayList<>();
        try {
            for (Object group : Json.read(text.replace('\'', '"'), List.class)) {
                List<Object> members = new ArrayList<>();
                for (Object member : (List<?>) group) {
                    if (!(member instanceof Integer) && !(member instanceof String)) {
                        throw new IllegalArgumentException("holds " + member);
                    }
                    members.add(member);
                }
                groups.add(members);
            }
        } catch (IllegalArgumentException | ClassCastException e) {
            throw new IllegalArgumentException("must be groups of inputs, such as [[distance, age], [carrier]]", e);
        }
        return groups;
    }

    private static String example(List<String> features) {
        return features.isEmpty() ? "distance" : features.get(0);
    }
}
