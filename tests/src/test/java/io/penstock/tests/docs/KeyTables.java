package io.penstock.tests.docs;

import io.penstock.core.config.ConfigKey;
import io.penstock.core.config.ConfigKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tables of keys in {@code docs/configuration.md}, made from {@link ConfigKeys}; all else stays as it is. */
final class KeyTables {
    private static final Pattern HEADER = Pattern.compile("\\| (?:top level|`([^`]+)`) \\| default \\|.*");

    private KeyTables() {}

    static String filled(String page) {
        List<String> lines = new ArrayList<>();
        boolean isTable = false;
        for (String line : page.split("\n", -1)) {
            Matcher header = HEADER.matcher(line);
            if (header.matches()) {
                isTable = true;
                lines.add(line);
                lines.add("|---|---|---|---|");
                lines.addAll(rows(header.group(1) == null ? "" : header.group(1) + "."));
            } else if (!isTable || !line.startsWith("|")) {
                isTable = false;
                lines.add(line);
            }
        }
        return String.join("\n", lines);
    }

    private static List<String> rows(String prefix) {
        return ConfigKeys.all().stream()
                .filter(key -> key.path().startsWith(prefix))
                .filter(key -> !prefix.isEmpty() || !key.path().contains("."))
                .map(key -> row(key, key.path().substring(prefix.length())))
                .toList();
    }

    private static String row(ConfigKey key, String name) {
        String shown = key.isRequired() ? "**`" + name + "`**" : "`" + name + "`";
        return "| " + shown + " | " + otherwise(key) + " | " + key.type().rule() + " | " + key.sentence() + " |";
    }

    private static String otherwise(ConfigKey key) {
        String text = key.isRequired() ? "" : key.otherwise();
        boolean isValue = !text.isEmpty() && !text.equals("none") && !text.equals("empty") && !text.contains(" ");
        return isValue && !text.contains("`") ? "`" + text + "`" : text;
    }
}
