package io.penstock.jobs.run;

import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How long a plan will take and how many rows it will write, from past manifests of the same stages. Most of a small unit's
 * time is fixed, and a range of units shares one run, so time is told from the runs whose number of units is nearest to the
 * planned one, and scaled by the units; rows are told per unit. Medians, of the newest {@value #RUNS} such runs.
 */
public final class Estimates {
    private static final int RUNS = 10;

    /** How far back is looked for runs of about the same size. */
    private static final int RUNS_LOOKED_AT = 200;

    /** A range of thousands of units says no more of a unit's rows than some of them do. */
    private static final int READ_OF_A_RUN = 8;

    private Estimates() {}

    /**
     * What the steps of one stage and subject will take.
     *
     * @param units steps that will run
     * @param seconds null when no manifest tells
     * @param rows in all tables together; null when no manifest tells
     * @param manifests how many manifests these numbers were read from
     */
    public record Estimate(String stage, String subject, int units, Double seconds, Long rows, int manifests) {
        /** Stage and subject as people read them. */
        public String name() {
            return subject.isEmpty() ? stage : stage + " " + subject;
        }
    }

    private record PastRun(List<ManifestHead> heads) {
        int units() {
            return heads.size();
        }

        /** Of its manifests those that are looked into, spread over the range. */
        List<Manifest> some() {
            int each = Math.max(1, units() / READ_OF_A_RUN);
            List<Manifest> some = new ArrayList<>();
            for (int i = 0; i < units() && some.size() < READ_OF_A_RUN; i += each) {
                some.add(heads.get(i).manifest().get());
            }
            return some;
        }
    }

    /** One estimate per stage and subject that has steps to run, in the order of the plan. */
    public static List<Estimate> of(List<StageJob> jobs, List<Planner.Step> steps, History history) {
        List<Estimate> estimates = new ArrayList<>();
        for (StageJob job : jobs) {
            long units = steps.stream()
                    .filter(step -> step.runs()
                            && step.stage().equals(job.stage())
                            && step.subject().equals(job.subject()))
                    .count();
            if (units > 0) {
                estimates.add(of(job, (int) units, history));
            }
        }
        return estimates;
    }

    private static Estimate of(StageJob job, int units, History history) {
        int unitsOfARun = job.oneUnitARun() ? 1 : units;
        List<PastRun> similar = similar(job.stage(), job.subject(), unitsOfARun, history);
        List<Double> secondsPerUnit = new ArrayList<>();
        List<Double> rowsPerUnit = new ArrayList<>();
        int manifests = 0;
        for (PastRun run : similar) {
            List<Manifest> some = run.some();
            manifests += some.size();
            Manifest first = some.get(0);
            secondsPerUnit.add(
                    Duration.between(first.started(), first.finished()).toMillis() / 1e3 / run.units());
            some.forEach(manifest -> rowsPerUnit.add((double) manifest.counts().values().stream()
                    .mapToLong(Long::longValue)
                    .sum()));
        }
        OptionalDouble seconds = median(secondsPerUnit);
        OptionalDouble rows = median(rowsPerUnit);
        return new Estimate(
                job.stage().id(),
                job.subject(),
                units,
                seconds.isPresent() ? Math.round(seconds.getAsDouble() * units * 10) / 10.0 : null,
                rows.isPresent() ? Math.round(rows.getAsDouble() * units) : null,
                manifests);
    }

    /** The newest runs, whole ones, whose number of units is nearest to the wanted one. */
    private static List<PastRun> similar(Stage stage, String subject, int units, History history) {
        Map<String, List<ManifestHead>> byRun = new LinkedHashMap<>();
        Stream<ManifestHead> newest = history.newest(stage, subject);
        for (ManifestHead head : (Iterable<ManifestHead>) newest::iterator) {
            if (byRun.size() == RUNS_LOOKED_AT && !byRun.containsKey(head.runId())) {
                break;
            }
            byRun.computeIfAbsent(head.runId(), run -> new ArrayList<>()).add(head);
        }
        TreeMap<Integer, List<PastRun>> byDistance = byRun.values().stream()
                .filter(heads -> heads.stream().allMatch(ManifestHead::isDone))
                .map(PastRun::new)
                .collect(Collectors.groupingBy(run -> distance(run.units(), units), TreeMap::new, Collectors.toList()));
        return byDistance.isEmpty()
                ? List.of()
                : byDistance.firstEntry().getValue().stream().limit(RUNS).toList();
    }

    /** In powers of two: a run of three units is as near to one of four as that is to one of six. */
    private static int distance(int one, int other) {
        return (int) Math.round(Math.abs(Math.log((double) one / other) / Math.log(2)));
    }

    static OptionalDouble median(List<Double> values) {
        if (values.isEmpty()) {
            return OptionalDouble.empty();
        }
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return OptionalDouble.of(
                sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2);
    }
}
