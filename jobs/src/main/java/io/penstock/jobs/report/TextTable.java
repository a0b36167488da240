package io.penstock.jobs.report;

import java.util.List;

/** A table as text, columns as wide as their longest cell. Paths are whole, of all else that is long the beginning is shown. */
public final class TextTable {
    private static final int WIDEST = 60;
    private static final String PATH = "path";

    private TextTable() {}

    /** @param rows cells, null for SQL NULL */
    public static String render(List<String> columns, List<List<String>> rows) {
        int[] widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            int widest = columns.get(i).equals(PATH) ? Integer.MAX_VALUE : WIDEST;
            widths[i] = columns.get(i).length();
            for (List<String> row : rows) {
                widths[i] =
                        Math.min(widest, Math.max(widths[i], cell(row.get(i)).length()));
            }
        }
        StringBuilder text = new StringBuilder();
        line(text, columns, widths);
        for (int i = 0; i < widths.length; i++) {
            text.append("─".repeat(widths[i])).append(i + 1 < widths.length ? "  " : "\n");
        }
        rows.forEach(row -> line(text, row, widths));
        return text.append("(")
                .append(rows.size())
                .append(rows.size() == 1 ? " row)\n" : " rows)\n")
                .toString();
    }

    private static void line(StringBuilder text, List<String> cells, int[] widths) {
        for (int i = 0; i < widths.length; i++) {
            String cell = cell(cells.get(i));
            String shown = cell.length() > widths[i] ? cell.substring(0, widths[i] - 1) + "…" : cell;
            text.append(shown).append(i + 1 < widths.length ? " ".repeat(widths[i] - shown.length() + 2) : "\n");
        }
    }

    /** What would move the cursor or end the line is a blank. */
    private static String cell(String value) {
        return value == null ? "NULL" : value.replaceAll("\\p{Cntrl}", " ");
    }
}
