package io.penstock.jobs.run;

import io.penstock.core.Manifest;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What an execution has published, in a line; what was refused is told as that.
 *
 * @param times how many units it is of, where they are several
 */
record Summary(String times, String rows) {
    private static final int LONGEST = 100;

    /** @param manifests of which at least one is done */
    static Summary of(List<Manifest> manifests) {
        List<Manifest> published = with(Manifest.Status.DONE, manifests);
        int done = units(published).size();
        int refused = units(with(Manifest.Status.REFUSED, manifests)).size();
        String told = refused == 0 ? "" : "; " + refused + (refused == 1 ? " unit" : " units") + " refused";
        return new Summary(done > 1 ? " × " + done : "", rows(published) + told);
    }

    private static List<Manifest> with(Manifest.Status status, List<Manifest> manifests) {
        return manifests.stream()
                .filter(manifest -> manifest.status() == status)
                .toList();
    }

    private static Set<UnitId> units(List<Manifest> manifests) {
        return manifests.stream().map(Manifest::unit).collect(Collectors.toSet());
    }

    private static String rows(List<Manifest> published) {
        Map<String, Long> total = new LinkedHashMap<>();
        published.forEach(manifest -> manifest.counts().forEach((name, rows) -> total.merge(name, rows, Long::sum)));
        String text = total.entrySet().stream()
                .filter(entry -> entry.getValue() > 0)
                .map(entry -> entry.getKey().replaceFirst("^(bronze|features|scores|training|scoring)/", "") + " "
                        + String.format(Locale.ROOT, "%,d", entry.getValue()))
                .collect(Collectors.joining(", "));
        if (text.isEmpty() && published.get(0).stage().equals(Stage.INGEST)) {
            return "no new rows";
        }
        return text.length() > LONGEST ? text.substring(0, LONGEST - 3) + "…" : text;
    }
}
