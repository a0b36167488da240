package io.penstock.jobs.run;

import io.penstock.core.Recipe;
import io.penstock.lineage.ManifestDiff;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How a recipe differs from the one in force, in a few words. */
final class RecipeDifference {
    private static final int NAMED = 2;
    private static final int WIDEST = 40;

    private RecipeDifference() {}

    /** @param before canonical JSON, of the present form or of an earlier one, with which that of today is compared then */
    static String told(String before, StageJob job) {
        return Stream.concat(Stream.of(job.recipe()), job.former().stream())
                .map(Recipe::json)
                .map(now -> ManifestDiff.ofRecipes(before, now))
                .min(Comparator.comparing(List::size))
                .map(RecipeDifference::told)
                .orElse("");
    }

    private static String told(List<ManifestDiff.Difference> differences) {
        String named = differences.stream()
                .limit(NAMED)
                .map(one -> one.what() + " " + value(one.before()) + " → " + value(one.after()))
                .collect(Collectors.joining(", "));
        return differences.size() > NAMED ? named + " and " + (differences.size() - NAMED) + " more" : named;
    }

    private static String value(String value) {
        if (value.isEmpty()) {
            return "nothing";
        }
        return value.length() > WIDEST ? value.substring(0, WIDEST - 1) + "…" : value;
    }
}
