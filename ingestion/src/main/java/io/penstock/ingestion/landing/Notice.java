package io.penstock.ingestion.landing;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Something the run goes on with, but tells.
 *
 * @param code {@code PEN-ING-…} or {@code PEN-ROW-…}
 * @param where path or source
 */
public record Notice(String code, String where, String message) {
    /** In their order, but one of each code before the others: where only some are told, none of a kind is left out first. */
    public static List<Notice> firstOfEachCode(List<Notice> notices) {
        Set<String> codes = new HashSet<>();
        List<Notice> ordered = new ArrayList<>();
        List<Notice> others = new ArrayList<>();
        notices.forEach(notice -> (codes.add(notice.code()) ? ordered : others).add(notice));
        ordered.addAll(others);
        return ordered;
    }

    @Override
    public String toString() {
        return code + " " + message + " [" + where + "]";
    }
}
