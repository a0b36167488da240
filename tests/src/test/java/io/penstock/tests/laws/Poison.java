package io.penstock.tests.laws;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Other data in landed files: every value that a record carries, but not which record it is (key and version), whom an event
 * is about, and when it happened and became known. Records that break their contract keep breaking it.
 */
final class Poison {
    private Poison() {}

    /** A copy of a landing folder in which the files at these paths, relative to it, hold other data. */
    static Path copy(Path landing, Path to, List<String> poisoned) {
        try (Stream<Path> files = Files.walk(landing)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String relative = landing.relativize(file).toString();
                Path copy = to.resolve(relative);
                Files.createDirectories(copy.getParent());
                String text = Files.readString(file);
                Files.writeString(copy, poisoned.contains(relative) ? poison(relative, text) : text);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return to;
    }

    private static String poison(String path, String text) {
        String source = path.substring(0, path.indexOf('/'));
        List<String> lines = new ArrayList<>(List.of(text.lines().findFirst().orElseThrow()));
        for (Map<String, String> cells : Oracle.csv(text)) {
            Map<String, String> other =
                    Oracle.keepsContract(source, cells) ? other(source, new LinkedHashMap<>(cells)) : cells;
            lines.add(other.values().stream()
                    .map(cell -> Objects.requireNonNullElse(cell, ""))
                    .collect(Collectors.joining(",")));
        }
        return String.join("\n", lines) + "\n";
    }

    private static Map<String, String> other(String source, Map<String, String> cells) {
        switch (source) {
            case "orders" -> {
                cells.put("shop", "s9");
                cells.put("product", "p9");
            }
            case "events" -> {
                cells.computeIfPresent("amount", (column, amount) -> amount.startsWith("-") ? "7777.25" : "-7777.25");
                cells.put("ok", String.valueOf(!"true".equals(cells.get("ok"))));
            }
            default -> {
                cells.put("region", "nowhere");
                cells.put("size", "4711");
            }
        }
        return cells;
    }
}
