package io.penstock.core.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** The known name that a mistyped one was probably meant to be. */
public final class Nearest {
    private Nearest() {}

    /** The nearest of {@code known} within a third of the shorter length (at least 1 edit), or empty text. */
    public static String of(String typed, Collection<String> known) {
        String plain = plain(typed);
        return known.stream()
                .filter(name -> !name.equals(typed))
                .filter(name -> distance(plain, plain(name)) <= reach(plain, name))
                .min(Comparator.comparingInt(name -> distance(plain, plain(name))))
                .orElse("");
    }

    private static int reach(String typed, String name) {
        return Math.max(1, (Math.min(typed.length(), name.length()) + 1) / 3);
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Edits between two words, where a swap of neighbours counts once (optimal string alignment). */
    static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                cost[i][j] = i == 0 ? j : j == 0 ? i : cell(cost, a, b, i, j);
            }
        }
        return cost[a.length()][b.length()];
    }

    private static int cell(int[][] cost, String a, String b, int i, int j) {
        int change = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int best = Math.min(change, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(best, cost[i - 2][j - 2] + 1) : best;
    }
}
