package io.penstock.jobs.run;

import io.penstock.core.Manifest;
import io.penstock.core.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the verdicts of many units warn of, told once for each table and rule. */
final class Warnings {
    private record Kind(String table, String rule) {}

    private record Told(Manifest first, Verdict verdict) {}

    private Warnings() {}

    static List<String> ofRange(List<Manifest> manifests) {
        Map<Kind, List<Told>> kinds = new LinkedHashMap<>();
        manifests.forEach(manifest -> manifest.verdicts().stream()
                .filter(verdict -> verdict.isTold() && !verdict.refuses())
                .forEach(verdict -> kinds.computeIfAbsent(
                                new Kind(verdict.table(), verdict.rule()), kind -> new ArrayList<>())
                        .add(new Told(manifest, verdict))));
        long units = manifests.stream().map(Manifest::unit).distinct().count();
        return kinds.values().stream().map(told -> line(told, units)).toList();
    }

    private static String line(List<Told> told, long units) {
        Told first = told.get(0);
        long warned = told.stream().map(each -> each.first().unit()).distinct().count();
        return first.verdict().table() + ": in " + warned + " of " + units + " units, first "
                + first.first().unit() + ": " + first.verdict().message();
    }
}
