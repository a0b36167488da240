package io.penstock.ingestion.format;

import io.penstock.ingestion.contract.Reject;
import io.penstock.ingestion.contract.Values;
import java.util.List;
import java.util.Map;

/**
 * The records of a file or of a piece of one, or the reject of the whole file.
 *
 * @param newColumns names in the file that the source does not declare, in order
 * @param names under which JSON objects give declared columns, in order
 * @param reject null when the file as such is good
 */
public record ParsedFile(List<Rec> records, List<String> newColumns, List<String> names, Reject reject) {
    /**
     * @param position number of the record in the file, from 1, the header not counted
     * @param line line on which it starts, from 1
     * @param raw its text; null for a good one of a file that is no text
     * @param image its {@link RowImage}, where it has no text
     * @param values one per declared column, as {@link Values} gives them; null when rejected
     * @param extra values of columns that are not declared, where they are kept
     * @param reject null when the record is good; with values, it is the reject of a record that is no withdrawal
     */
    public record Rec(
            long position,
            long line,
            String raw,
            byte[] image,
            Object[] values,
            Map<String, String> extra,
            Reject reject) {}

    static ParsedFile rejected(String code, String rule, String reason) {
        return rejected(new Reject(code, rule, reason));
    }

    static ParsedFile rejected(Reject reject) {
        return new ParsedFile(List.of(), List.of(), List.of(), reject);
    }
}
