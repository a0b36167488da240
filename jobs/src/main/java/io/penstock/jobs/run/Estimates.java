package io.penstock.jobs.run;

import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.Stage;
import io.penstock.core.history.History;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * How long a plan will take and how many rows it will write, from past manifests of the same stages. Most of a small unit's
 * time is fixed, and a range of units shares one run. So time is told from the newest {@value #RUNS} runs of about the
 * planned number of units where there are any: their median, scaled by the units. Else a run costs something fixed and
 * something for each unit, learnt from runs of one unit and what a longer one takes beyond that, or from the line through
 * runs of different sizes. Where all runs were longer and of one size, a unit's share of them is a lower bound. Rows are
 * told per unit.
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
     * @param atLeast whether the seconds leave out what each run costs, which no manifest tells
     */
    public record Estimate(
            String stage, String subject, int units, Double seconds, Long rows, int manifests, boolean atLeast) {
        /** Stage and subject as people read them. */
        public String name() {
            return subject.isEmpty() ? stage : stage + " " + subject;
        }
    }

    /** @param share manifests of other subjects that the same execution left for each unit, itself included */
    private record PastRun(List<ManifestHead> heads, int share) {
        int units() {
            return heads.size();
        }

        double seconds() {
            Manifest first = heads.get(0).manifest().get();
            return Duration.between(first.started(), first.finished()).toMillis() / 1e3 / share;
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

    /** @param isBound whether it is a lower bound */
    private record Time(double seconds, boolean isBound) {}

    private static Estimate of(StageJob job, int units, History history) {
        int unitsOfARun = job.oneUnitARun() ? 1 : units;
        TreeMap<Integer, List<PastRun>> byDistance = byDistance(job.stage(), job.subject(), unitsOfARun, history);
        if (byDistance.isEmpty()) {
            return new Estimate(job.stage().id(), job.subject(), units, null, null, 0, false);
        }
        List<Double> rowsPerUnit = new ArrayList<>();
        byDistance
                .firstEntry()
                .getValue()
                .forEach(run -> run.some().forEach(manifest -> rowsPerUnit.add((double) rows(job, manifest))));
        Time time = time(byDistance, unitsOfARun);
        return new Estimate(
                job.stage().id(),
                job.subject(),
                units,
                Math.round(time.seconds() * units / unitsOfARun * 10) / 10.0,
                Math.round(median(rowsPerUnit).orElse(0) * units),
                rowsPerUnit.size(),
                time.isBound());
    }

    /** Features were told of all views together once. */
    private static long rows(StageJob job, Manifest manifest) {
        return manifest.counts().entrySet().stream()
                .filter(count -> manifest.subject().equals(job.subject())
                        || count.getKey().endsWith("/" + job.subject()))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** Of a run of so many units. */
    private static Time time(TreeMap<Integer, List<PastRun>> byDistance, int units) {
        List<PastRun> nearest = byDistance.firstEntry().getValue();
        double share = medianOf(nearest, run -> run.seconds() / run.units());
        if (byDistance.firstKey() == 0) {
            return new Time(share * units, false);
        }
        List<PastRun> all = byDistance.values().stream().flatMap(List::stream).toList();
        List<PastRun> ones = all.stream().filter(run -> run.units() == 1).toList();
        List<PastRun> longer = all.stream().filter(run -> run.units() > 1).toList();
        if (!ones.isEmpty() && !longer.isEmpty()) {
            double one = medianOf(ones, PastRun::seconds);
            double more = medianOf(longer, run -> (run.seconds() - one) / (run.units() - 1));
            return new Time(one + Math.max(0, more) * (units - 1), false);
        }
        double meanUnits = all.stream().mapToInt(PastRun::units).average().orElse(0);
        double meanSeconds =
                all.stream().mapToDouble(PastRun::seconds).average().orElse(0);
        double spread = all.stream()
                .mapToDouble(run -> Math.pow(run.units() - meanUnits, 2))
                .sum();
        double together = all.stream()
                .mapToDouble(run -> (run.units() - meanUnits) * (run.seconds() - meanSeconds))
                .sum();
        double each = spread == 0 ? 0 : together / spread;
        double fixed = meanSeconds - each * meanUnits;
        if (byDistance.size() > 1 && each > 0 && fixed > 0) {
            return new Time(fixed + each * units, false);
        }
        return new Time(share * units, units < nearest.get(0).units());
    }

    private static double medianOf(List<PastRun> runs, ToDoubleFunction<PastRun> number) {
        return median(runs.stream().map(number::applyAsDouble).toList()).orElse(0);
    }

    /** Whole runs, the newest of each size, by how far their number of units is from the wanted one. */
    private static TreeMap<Integer, List<PastRun>> byDistance(Stage stage, String subject, int units, History history) {
        Map<String, List<ManifestHead>> byRun = new LinkedHashMap<>();
        Stream<ManifestHead> newest = history.newest(stage, subject);
        for (ManifestHead head : (Iterable<ManifestHead>) newest::iterator) {
            if (byRun.size() == RUNS_LOOKED_AT && !byRun.containsKey(head.runId())) {
                break;
            }
            byRun.computeIfAbsent(head.runId(), run -> new ArrayList<>()).add(head);
        }
        TreeMap<Integer, List<PastRun>> byDistance = new TreeMap<>();
        byRun.values().stream()
                .filter(heads -> heads.stream().allMatch(ManifestHead::isDone))
                .map(heads -> new PastRun(heads, history.sharing(heads.get(0))))
                .forEach(run -> {
                    List<PastRun> same =
                            byDistance.computeIfAbsent(distance(run.units(), units), d -> new ArrayList<>());
                    if (same.size() < RUNS) {
                        same.add(run);
                    }
                });
        return byDistance;
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
