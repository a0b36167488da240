package io.penstock.tests.e2e;

import io.penstock.jobs.Penstock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Several command lines one after the other in one process that is started with an environment of its own: what each said,
 * and its exit code, for a tenth of what as many processes cost.
 */
final class Verbs {
    private static final String THEN = "--then";
    private static final String EXIT = "exit code ";

    private Verbs() {}

    /** What one command line printed, and its exit code. */
    record Ended(int exit, String said) {}

    public static void main(String[] arguments) {
        List<String> all = Arrays.asList(arguments);
        for (int from = 0; from < all.size(); ) {
            int length = all.subList(from, all.size()).indexOf(THEN);
            int to = length < 0 ? all.size() : from + length;
            int exit = Penstock.run(all.subList(from, to).toArray(String[]::new));
            System.out.println("\n" + EXIT + exit);
            from = to + 1;
        }
        System.exit(0);
    }

    /** @param more further entries of the class path */
    static List<Ended> of(List<List<String>> commandLines, String more, Map<String, String> environment) {
        List<String> arguments = new ArrayList<>();
        commandLines.forEach(one -> {
            arguments.addAll(one);
            arguments.add(THEN);
        });
        List<Ended> ended = new ArrayList<>();
        try (Child child = Child.start(Verbs.class, "", arguments, more, environment)) {
            child.ends();
            StringBuilder said = new StringBuilder();
            for (String line : child.said().lines().toList()) {
                if (line.startsWith(EXIT)) {
                    ended.add(new Ended(Integer.parseInt(line.substring(EXIT.length())), said.toString()));
                    said.setLength(0);
                } else {
                    said.append(line).append('\n');
                }
            }
            if (ended.size() != commandLines.size()) {
                throw new AssertionError("Ended early:\n" + child.said());
            }
        }
        return ended;
    }
}
