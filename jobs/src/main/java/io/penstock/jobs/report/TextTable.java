package io.penstock.jobs.report;

import java.util.List;

/** A table as text, columns as wide as their longest cell. Of a long path both ends are shown, of all else the beginning. */
public final class TextTable {
    private static final int WIDEST = 60;

    private static final String PATH = "path";

    private TextTable() {}

    /** @param rows cells, null for SQL NULL */
    public static String render(List<String> columns, List<List<String>> rows) {
        int[] widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = columns.get(i).length();
            for (List<String> row : rows) {
                widths[i] =
                        Math.min(WIDEST, Math.max(widths[i], cell(row.get(i)).length()));
            }
        }
        StringBuilder text = new StringBuilder();
        line(text, columns, columns, widths);
        for (int i = 0; i < widths.length; i++) {
            text.append("─".repeat(widths[i])).append(i + 1 < widths.length ? "  " : "\n");
        }
        rows.forEach(row -> line(text, columns, row, widths));
        return text.append("(")
                .append(rows.size())
                .append(rows.size() == 1 ? " row)\n" : " rows)\n")
                .toString();
    }

    private static void line(StringBuilder text, List<String> columns, List<String> cells, int[] widths) {
        for (int i = 0; i < widths.length; i++) {
            String shown =
                    shortened(cell(cells.get(i)), widths[i], columns.get(i).equals(PATH));
            text.append(shown).append(i + 1 < widths.length ? " ".repeat(widths[i] - shown.length() + 2) : "\n");
        }
    }

    private static String shortened(String cell, int width, boolean isPath) {
        if (cell.length() <= width) {
            return cell;
        }
        int begun = isPath ? width / 2 : width - 1;
        return cell.substring(0, begun) + "…" + cell.substring(cell.length() - (width - 1 - begun));
    }

    /** What would move the cursor or end the line is a blank. */
    private static String cell(String value) {
        return value == null ? "NULL" : value.replaceAll("\\p{Cntrl}", " ");
    }
}
