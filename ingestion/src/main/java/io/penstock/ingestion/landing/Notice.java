package io.penstock.ingestion.landing;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Something to report although the run goes on.
 *
 * @param code {@code PEN-ING-…} or {@code PEN-ROW-…}
 * @param where path or source
 */
public record Notice(String code, String where, String message) {
    /** In their order, but the first of each code before the others, so that a shortened list shows every code. */
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
