package io.penstock.jobs.cli;

import io.penstock.core.Clock;
import io.penstock.core.ErrorCode;
import io.penstock.core.Json;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.UnitId;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.history.Recipes;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.lineage.ManifestDiff;
import io.penstock.lineage.ManifestDiff.Difference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "diff",
        mixinStandardHelpOptions = true,
        description = "Say what differs between two runs, or two units: definition, inputs, outputs, counts, verdicts,"
                + " facts, code. Starts no Spark.")
public final class DiffCommand implements Callable<Integer> {
    private static final int SHOWN = 12;
    private static final int WIDEST = 44;
    private static final int SOME = 3;
    private static final String FILE = "file.";
    private static final String SEEN = "seen.";
    private static final String FILES = "files taken";

    @Mixin
    Common common;

    @Parameters(paramLabel = "PIPELINE", index = "0")
    String pipeline;

    @Parameters(
            paramLabel = "BEFORE",
            index = "1",
            description = "A unit, a run id of a table or manifest, or the id of a folder in runs/.")
    String before;

    @Parameters(paramLabel = "AFTER", index = "2", description = "The same.")
    String after;

    /** Manifests of one stage and subject; where both sides are of several units, of one unit. */
    private record Pair(String name, Manifest before, Manifest after, List<Difference> differences) {}

    @Override
    public Integer call() {
        PipelineConfig config = common.config(pipeline);
        List<Manifest> all = KernelManifestStore.of(config, Clock.system()).manifests();
        Map<String, Map<UnitId, Manifest>> first = byStage(chosen(all, before));
        Map<String, Map<UnitId, Manifest>> second = byStage(chosen(all, after));
        Recipes recipes = Recipes.of(config);
        List<Pair> pairs = new ArrayList<>();
        List<String> alone = new ArrayList<>();
        Set<String> stages = new LinkedHashSet<>(first.keySet());
        stages.addAll(second.keySet());
        for (String stage : stages) {
            Map<UnitId, Manifest> some = first.getOrDefault(stage, Map.of());
            Map<UnitId, Manifest> others = second.getOrDefault(stage, Map.of());
            if (some.size() == 1 && others.size() == 1) { // whatever units they are of
                pairs.add(pair(stage, only(some), only(others), recipes));
                continue;
            }
            Set<UnitId> units = new TreeSet<>(some.keySet());
            units.addAll(others.keySet());
            for (UnitId unit : units) {
                if (some.containsKey(unit) && others.containsKey(unit)) {
                    pairs.add(pair(stage, some.get(unit), others.get(unit), recipes));
                } else {
                    alone.add("only in " + (some.containsKey(unit) ? before : after) + ": " + stage + " " + unit);
                }
            }
        }
        print(pairs, alone);
        return 0;
    }

    private static Pair pair(String stage, Manifest before, Manifest after, Recipes recipes) {
        return new Pair(stage, before, after, ManifestDiff.between(before, after, recipes::find));
    }

    private static Manifest only(Map<UnitId, Manifest> one) {
        return one.values().iterator().next();
    }

    /** Of a stage and subject, in the order of the stages, the last manifest of each unit. */
    private static Map<String, Map<UnitId, Manifest>> byStage(List<Manifest> manifests) {
        Map<String, Map<UnitId, Manifest>> stages = new LinkedHashMap<>();
        manifests.forEach(
                manifest -> stages.computeIfAbsent(manifest.stage().of(manifest.subject()), key -> new TreeMap<>())
                        .put(manifest.unit(), manifest));
        return stages;
    }

    private List<Manifest> chosen(List<Manifest> all, String id) {
        List<Manifest> chosen = isDate(id)
                ? all.stream()
                        .filter(manifest -> manifest.unit().toString().equals(id))
                        .toList()
                : ofRuns(all, runs(id));
        if (chosen.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.NOTHING_TO_COMPARE,
                    "No manifest of " + id,
                    pipeline,
                    "Name a unit, a run id as in the column run_id of a table, or a folder of " + common.runs());
        }
        return chosen;
    }

    private static boolean isDate(String id) {
        try {
            UnitId.parse(id);
            return true;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    private static List<Manifest> ofRuns(List<Manifest> all, Set<String> runs) {
        return all.stream().filter(manifest -> runs.contains(manifest.runId())).toList();
    }

    /** A process's own id stands for the runs of its stages. */
    private Set<String> runs(String id) {
        Set<String> runs = new HashSet<>(Set.of(id));
        Path result = common.runs().resolve(Path.of(id).getFileName()).resolve("result.json");
        if (Files.isRegularFile(result)) {
            try {
                Object manifests = Json.readMap(Files.readString(result)).getOrDefault("manifests", List.of());
                for (Object manifest : (List<?>) manifests) {
                    runs.add(String.valueOf(((Map<?, ?>) manifest).get("run")));
                }
            } catch (IOException | IllegalArgumentException | ClassCastException e) {
                throw new PenstockException(
                        ErrorCode.NOTHING_TO_COMPARE,
                        "Cannot read the result of " + id,
                        result.toString(),
                        "Name its stages' run ids");
            }
        }
        return runs;
    }

    private void print(List<Pair> pairs, List<String> alone) {
        if (common.json) {
            System.out.println(Json.document(Map.of("pipeline", pipeline, "stages", pairs, "unpaired", alone)));
            return;
        }
        for (Pair pair : pairs) {
            boolean isOneUnit = pair.before().unit().equals(pair.after().unit());
            System.out.println(pair.name() + " " + pair.before().unit()
                    + (isOneUnit ? "" : " → " + pair.after().unit()) + "  ("
                    + pair.before().runId() + " → "
                    + pair.after().runId() + ")");
            if (pair.differences().isEmpty()) {
                System.out.println("  no difference");
            }
            Map<ManifestDiff.Kind, List<Difference>> kinds = new TreeMap<>();
            pair.differences()
                    .forEach(one -> kinds.computeIfAbsent(one.kind(), key -> new ArrayList<>())
                            .add(one));
            kinds.forEach((kind, ofAKind) ->
                    print(kind.equals(ManifestDiff.Kind.FACT) ? withoutFates(pair, ofAKind) : ofAKind));
        }
        alone.forEach(System.out::println);
    }

    /** What became of each file is JSON for machines; people are told how many there were, and some that differ. */
    private static List<Difference> withoutFates(Pair pair, List<Difference> facts) {
        List<Difference> shown = new ArrayList<>();
        if (facts.stream().anyMatch(one -> one.what().startsWith(FILE))) {
            Map<String, String> before = outcomes(pair.before());
            Map<String, String> after = outcomes(pair.after());
            Set<String> unlike = new TreeSet<>(before.keySet());
            unlike.addAll(after.keySet());
            unlike.removeIf(file -> before.getOrDefault(file, "").equals(after.getOrDefault(file, "")));
            shown.add(new Difference(
                    ManifestDiff.Kind.FACT, FILES, String.valueOf(before.size()), after.size() + some(unlike)));
        }
        if (facts.stream().anyMatch(one -> one.what().startsWith(SEEN))) {
            shown.add(new Difference(
                    ManifestDiff.Kind.FACT, "files looked at again", seen(pair.before()), seen(pair.after())));
        }
        facts.stream()
                .filter(one -> !one.what().startsWith(FILE) && !one.what().startsWith(SEEN))
                .forEach(shown::add);
        return shown;
    }

    private static String seen(Manifest manifest) {
        return String.valueOf(manifest.facts().keySet().stream()
                .filter(fact -> fact.startsWith(SEEN))
                .count());
    }

    /** Path of each file that a unit took, and what became of it. */
    private static Map<String, String> outcomes(Manifest manifest) {
        Map<String, String> outcomes = new TreeMap<>();
        for (Pin pin : manifest.inputs()) {
            if (pin instanceof Pin.FilePin file) {
                outcomes.put(
                        file.path(),
                        manifest.facts()
                                .getOrDefault(
                                        FILE + file.source() + "/" + LedgerEntry.fileId(file.path(), file.sha256()),
                                        file.sha256()));
            }
        }
        return outcomes;
    }

    private static String some(Set<String> files) {
        String named = files.stream().limit(SOME).collect(Collectors.joining(", "));
        return files.isEmpty()
                ? ""
                : "; differ: " + named + (files.size() > SOME ? " and " + (files.size() - SOME) + " more" : "");
    }

    private static void print(List<Difference> ofAKind) {
        for (Difference one : ofAKind.subList(0, Math.min(SHOWN, ofAKind.size()))) {
            System.out.printf(
                    Locale.ROOT,
                    "  %-11s %-40s %s → %s%n",
                    one.kind().name().toLowerCase(Locale.ROOT),
                    one.what().equalsIgnoreCase(one.kind().name()) ? "" : one.what(),
                    shown(one.before()),
                    one.what().equals(FILES) ? one.after() : shown(one.after()));
        }
        if (ofAKind.size() > SHOWN) {
            System.out.printf(
                    Locale.ROOT,
                    "  %-11s and %d more (--json tells all)%n",
                    ofAKind.get(0).kind().name().toLowerCase(Locale.ROOT),
                    ofAKind.size() - SHOWN);
        }
    }

    private static String shown(String value) {
        if (value.isEmpty()) {
            return "nothing";
        }
        return value.length() > WIDEST ? value.substring(0, WIDEST - 1) + "…" : value;
    }
}
