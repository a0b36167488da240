package io.penstock.jobs.stage;

import io.penstock.core.ErrorCode;
import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.VolumeSpec;
import io.penstock.core.delta.Target;
import io.penstock.core.history.MetricFacts;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.ReprocessingPath;
import io.penstock.ingestion.read.Reading;
import io.penstock.ingestion.read.SourceBatch;
import io.penstock.ingestion.read.UnitFacts;
import io.penstock.ingestion.repair.Reprocessing;
import io.penstock.jobs.run.StageContext;
import io.penstock.validation.Checks;
import io.penstock.validation.drift.Volumes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** One source within a run of ingestion: what its files hold, and the tables made of it. */
final class SourceIngest {
    private final SourceSpec source;
    private final String landing;
    private final List<Unit> units;
    private final Intent intent;
    private final StageContext work;
    private final Publishing publishing;
    private final Map<UnitId, Map<String, String>> facts;

    /** @param facts of the units' manifests, added to */
    SourceIngest(
            SourceSpec source,
            String landing,
            List<Unit> units,
            Intent intent,
            StageContext work,
            Publishing publishing,
            Map<UnitId, Map<String, String>> facts) {
        this.source = source;
        this.landing = landing;
        this.units = units;
        this.intent = intent;
        this.work = work;
        this.publishing = publishing;
        this.facts = facts;
    }

    /** Whether no table holds anything of these units. */
    boolean isAnew() {
        return Stream.of(Tables.bronze(source.name()), Tables.quarantine(source.name()), Tables.replayed(source.name()))
                .noneMatch(table -> work.tables().mayHold(table, intent.units()));
    }

    /**
     * Reads files.
     *
     * @param open what is to be closed is added to
     * @return what landed; then what mended files hold
     */
    List<SourceBatch> read(Map<Unit, List<LandedFile>> files, List<SourceBatch> open) {
        SourceBatch parsed = Reading.read(
                work.spark(),
                source,
                only(files, file -> !ReprocessingPath.is(file)),
                landing,
                work.history().standing(),
                this::before);
        open.add(parsed);
        List<SourceBatch> replayed = replayed(only(files, ReprocessingPath::is), parsed);
        open.addAll(replayed);
        return Stream.concat(Stream.of(parsed), replayed.stream()).toList();
    }

    private static Map<Unit, List<LandedFile>> only(Map<Unit, List<LandedFile>> take, Predicate<LandedFile> condition) {
        Map<Unit, List<LandedFile>> some = new TreeMap<>();
        take.forEach(
                (unit, files) -> some.put(unit, files.stream().filter(condition).toList()));
        return some;
    }

    /** What mended files hold; they may replace what this very run rejects when its units are done again. */
    private List<SourceBatch> replayed(Map<Unit, List<LandedFile>> mended, SourceBatch parsed) {
        if (mended.values().stream().allMatch(List::isEmpty)) {
            return List.of();
        }
        String quarantine = Tables.quarantine(source.name());
        String replayed = Tables.replayed(source.name());
        Column isEarlier = functions.not(functions
                .col("unit")
                .isInCollection(intent.units().stream().map(UnitId::cell).toList()));
        Dataset<Row> rejected = parsed.quarantine();
        if (work.tables().exists(quarantine)) {
            rejected = work.tables()
                    .read(quarantine)
                    .filter(isEarlier)
                    .drop("run_id")
                    .unionByName(rejected, true);
        }
        Dataset<Row> rejects = Reprocessing.rejects(
                rejected,
                work.tables().exists(replayed)
                        ? Optional.of(work.tables().read(replayed).filter(isEarlier))
                        : Optional.empty());
        return Reading.reprocess(
                work.spark(), source, mended, landing, work.history().standing(), this::before, rejects, parsed);
    }

    private Optional<Dataset<Row>> before() {
        String table = Tables.bronze(source.name());
        if (!work.tables().exists(table)) {
            return Optional.empty();
        }
        Dataset<Row> bronze = work.tables().read(table);
        String replayed = Tables.replayed(source.name());
        return Optional.of(
                work.tables().exists(replayed)
                        ? Reading.traced(bronze, work.tables().read(replayed))
                        : bronze);
    }

    /**
     * Tells the verdicts and facts that need no table.
     *
     * @param parts what {@link #read} gave
     * @param before what the latest units before had, the latest first
     */
    void tell(List<SourceBatch> parts, List<Manifest> before) {
        List<SourceBatch> replayed = parts.subList(1, parts.size());
        Map<UnitId, Long> mended = new TreeMap<>();
        replayed.stream()
                .flatMap(part -> part.units().values().stream())
                .forEach(read -> mended.merge(read.unit().id(), read.bronze(), Long::sum));
        mended.forEach((unit, rows) -> metric(unit, "replayed", rows));
        tellOfRejectedAgain(replayed);
        parts.stream()
                .flatMap(part -> part.units().values().stream())
                .forEach(read -> publishing.verdict(read.unit(), lost(read)));
        Deque<Long> rowsBefore = rowsOf(before);
        for (Unit unit : units) {
            UnitFacts read = parts.get(0).units().get(unit.id());
            if (read == null || read.files() == 0) {
                boolean hasMended = replayed.stream()
                        .map(part -> part.units().get(unit.id()))
                        .anyMatch(part -> part != null && part.files() > 0);
                noFile(unit, hasMended);
                continue;
            }
            judge(read, rowsBefore);
            rowsBefore.addLast(read.bronze());
            if (rowsBefore.size() > Volumes.BEFORE) {
                rowsBefore.removeFirst();
            }
            metric(unit.id(), "rejected", read.rejected());
            if (read.duplicates() > 0) {
                metric(unit.id(), "duplicates", read.duplicates());
            }
            if (read.withdrawn() > 0) {
                metric(unit.id(), "withdrawn", read.withdrawn());
            }
        }
    }

    /** Too many keys that are missing at once: likelier than that they are gone is that what lacks them was cut short. */
    private List<Verdict> lost(UnitFacts read) {
        VolumeSpec.MaxWithdrawals bound = source.maxWithdrawals();
        String again = "sources." + source.name() + ".max-withdrawals { share = 1 }";
        return read.losses().stream()
                .map(loss -> new Verdict(
                        Tables.bronze(source.name()),
                        "max-withdrawals",
                        Verdict.Outcome.FAILED,
                        (double) loss.keys() / loss.there(),
                        ErrorCode.TOO_MANY_WITHDRAWALS + " " + loss.keys() + " of " + loss.there()
                                + " keys are missing "
                                + (loss.snapshot().isEmpty()
                                        ? "in files that were overwritten"
                                        : "in the snapshot " + loss.snapshot())
                                + ", more than a share of " + bound.share() + " and more than " + bound.count()
                                + " may be withdrawn at once; none was. Was it cut short, let it land whole; are they"
                                + " gone, set " + again + "; then run the unit again"))
                .toList();
    }

    private void tellOfRejectedAgain(List<SourceBatch> replayed) {
        Map<String, Long> byCode = new TreeMap<>();
        replayed.stream()
                .flatMap(part -> part.units().values().stream())
                .forEach(read -> read.rejectedByCode().forEach((code, count) -> byCode.merge(code, count, Long::sum)));
        if (!byCode.isEmpty()) {
            work.progress()
                    .warning(source.name() + ": of what was mended this is rejected again: "
                            + byCode.entrySet().stream()
                                    .map(code -> code.getKey() + " " + code.getValue())
                                    .collect(Collectors.joining(", "))
                            + "; the reasons stand in " + Tables.quarantine(source.name()));
        }
    }

    private void judge(UnitFacts read, Deque<Long> rowsBefore) {
        String table = Tables.bronze(source.name());
        VolumeSpec volume = source.volume().orElse(VolumeSpec.ANY);
        List<Verdict> verdicts = new ArrayList<>();
        Volumes.files(table, read.files(), volume).ifPresent(verdicts::add);
        Volumes.rows(table, read.bronze(), rowsBefore, volume).ifPresent(verdicts::add);
        verdicts.add(Checks.rejectRate(
                table, read.rejects(), read.records(), source.maxRejectRate(), read.rejectedByCode()));
        publishing.verdict(read.unit(), verdicts);
    }

    private void metric(UnitId unit, String name, long value) {
        MetricFacts.put(facts.get(unit), source.name() + "/" + name, value);
    }

    /**
     * What the source publishes.
     *
     * @param parts what {@link #read} gave
     * @param again whether no table holds anything of these units
     */
    Map<Target, Dataset<Row>> tables(List<SourceBatch> parts, boolean again) {
        Map<Target, Dataset<Row>> tables = new LinkedHashMap<>();
        // What was read is kept where it was read: one file needs no shuffle. Mended records are read by themselves.
        Dataset<Row> bronze = together(parts, SourceBatch::bronze);
        tables.put(
                Tables.bronzeTarget(source, parts.size() == 1 ? BronzeChecks.counted(source) : Checks.of(source)),
                units.size() == 1 ? bronze.coalesce(1) : bronze);
        boolean rejects =
                parts.stream().flatMap(part -> part.units().values().stream()).anyMatch(read -> read.rejects() > 0);
        if (rejects || !again || work.tables().version(Tables.quarantine(source.name())) < 0) {
            tables.put(
                    Tables.target(
                            Tables.quarantine(source.name()),
                            "Records of " + source.name() + " that break the contract",
                            List.of("_file_id", "position"),
                            List.of(),
                            Target.Scope.UNITS),
                    ofThisRun(together(parts, SourceBatch::quarantine)));
        }
        replaced(parts)
                .ifPresent(rows -> tables.put(
                        Tables.target(
                                Tables.replayed(source.name()),
                                "Rejected records of " + source.name()
                                        + " that were mended, and the rows that replace them",
                                List.of("_file_id", "position", "by_row_id"),
                                List.of(),
                                Target.Scope.UNITS),
                        ofThisRun(rows)));
        return tables;
    }

    /** Rejects that mended files replace; none, as rows, where an earlier run of these units replaced some. */
    private Optional<Dataset<Row>> replaced(List<SourceBatch> parts) {
        Optional<Dataset<Row>> replaced =
                parts.stream().flatMap(part -> part.replaced().stream()).reduce(Dataset::unionByName);
        String table = Tables.replayed(source.name());
        return replaced.isPresent() || !work.tables().mayHold(table, intent.units())
                ? replaced
                : Optional.of(
                        work.tables().read(table).filter(functions.lit(false)).drop("run_id"));
    }

    private Dataset<Row> ofThisRun(Dataset<Row> rows) {
        return rows.withColumn("run_id", functions.lit(intent.runId()));
    }

    private static Dataset<Row> together(List<SourceBatch> parts, Function<SourceBatch, Dataset<Row>> part) {
        return parts.stream()
                .map(part)
                .reduce((all, mended) -> all.unionByName(mended, true))
                .orElseThrow();
    }

    private Deque<Long> rowsOf(List<Manifest> before) {
        Deque<Long> rows = new ArrayDeque<>();
        before.stream()
                .mapToLong(manifest -> manifest.counts().getOrDefault(Tables.bronze(source.name()), 0L))
                .filter(count -> count > 0)
                .limit(Volumes.BEFORE)
                .forEach(rows::addFirst);
        return rows;
    }

    /** @param hasMended whether the unit has mended files, which do not count among those that land */
    void noFile(Unit unit, boolean hasMended) {
        Optional<Verdict> tooFew =
                source.volume().flatMap(volume -> Volumes.files(Tables.bronze(source.name()), 0, volume));
        if (tooFew.isPresent()) {
            publishing.verdict(unit, List.of(tooFew.get()));
            return;
        }
        if (!source.allowEmpty() && !hasMended) {
            publishing.verdict(
                    unit,
                    List.of(new Verdict(
                            Tables.bronze(source.name()),
                            "a file lands",
                            Verdict.Outcome.WARNED,
                            0,
                            ErrorCode.FEWER_FILES_THAN_DECLARED + " no file landed for this unit")));
        }
    }
}
