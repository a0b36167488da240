package io.penstock.core.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A source's path as what it matches: folder by folder, {@code *} any characters of a name, {@code ?} one, <code>{landed}</code>
 * and <code>{column}</code> at least one. How a path is written says nothing: empty folders and {@code .} are left out.
 */
record PathPattern(List<String> folders) {
    private static final char ANY = '*';
    private static final char ONE = '?';

    static PathPattern of(String path) {
        return new PathPattern(Arrays.stream(path.split("/"))
                .filter(folder -> !folder.isEmpty() && !folder.equals("."))
                .toList());
    }

    /** Whether there can be a file that both match. */
    boolean meets(PathPattern other) {
        if (folders.size() != other.folders.size()) {
            return false;
        }
        for (int i = 0; i < folders.size(); i++) {
            String one = plain(folders.get(i));
            String two = plain(other.folders.get(i));
            if (!meet(one, two)) {
                return false;
            }
        }
        return true;
    }

    /** Column → where in the path its value stands: the folder, and which of the folder's columns it is. */
    Map<String, String> columns() {
        Map<String, String> places = new HashMap<>();
        for (int i = 0; i < folders.size(); i++) {
            List<String> inside = new ArrayList<>(Paths.columns(folders.get(i)));
            for (int k = 0; k < inside.size(); k++) {
                places.put(inside.get(k), "folder " + i + "." + k);
            }
        }
        return places;
    }

    private static String plain(String folder) {
        return folder.replaceAll("\\{[^{}]*}", "?*");
    }

    /** Whether two patterns of a name have a name in common: each pair of rests is looked at once, the shortest first. */
    private static boolean meet(String one, String two) {
        boolean[][] meets = new boolean[one.length() + 1][two.length() + 1];
        for (int i = one.length(); i >= 0; i--) {
            for (int k = two.length(); k >= 0; k--) {
                boolean isAnyOne = i < one.length() && one.charAt(i) == ANY;
                boolean isAnyTwo = k < two.length() && two.charAt(k) == ANY;
                if (isAnyOne || isAnyTwo) {
                    meets[i][k] = isAnyOne && meets[i + 1][k]
                            || isAnyTwo && meets[i][k + 1]
                            || isAnyOne && k < two.length() && meets[i][k + 1]
                            || isAnyTwo && i < one.length() && meets[i + 1][k];
                } else if (i < one.length() && k < two.length()) {
                    boolean same = one.charAt(i) == ONE || two.charAt(k) == ONE || one.charAt(i) == two.charAt(k);
                    meets[i][k] = same && meets[i + 1][k + 1];
                } else {
                    meets[i][k] = i == one.length() && k == two.length();
                }
            }
        }
        return meets[0][0];
    }
}
