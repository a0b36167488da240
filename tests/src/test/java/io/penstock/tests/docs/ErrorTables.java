package io.penstock.tests.docs;

import io.penstock.core.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tables of {@code docs/errors.md}, made from {@link ErrorCode}; headings and prose stay as they are. */
final class ErrorTables {
    private static final Pattern SECTION = Pattern.compile("## .* \\(([A-Z]+(?:, [A-Z]+)*)\\)");

    private ErrorTables() {}

    /** The page with the rows of each table made from the codes of the areas that its heading names. */
    static String filled(String page) {
        List<String> lines = new ArrayList<>();
        List<String> areas = List.of();
        boolean withRemedy = true;
        for (String line : page.split("\n", -1)) {
            Matcher section = SECTION.matcher(line);
            if (section.matches()) {
                areas = List.of(section.group(1).split(", "));
            }
            if (line.startsWith("| code |")) {
                withRemedy = line.contains("what to do");
            }
            if (!line.startsWith("| `PEN-")) {
                lines.add(line);
            }
            if (line.startsWith("|---") && !areas.isEmpty()) {
                lines.addAll(rows(areas, withRemedy));
            }
        }
        return String.join("\n", lines);
    }

    private static List<String> rows(List<String> areas, boolean withRemedy) {
        return areas.stream()
                .flatMap(area -> Arrays.stream(ErrorCode.values())
                        .filter(code -> code.area().equals(area)))
                .map(code -> "| `" + code + "` | " + code.outcome() + " | " + code.meaning() + " |"
                        + (withRemedy ? " " + (code.remedy().isEmpty() ? "–" : code.remedy()) + " |" : ""))
                .toList();
    }
}
