package io.penstock.jobs.stage;

import io.penstock.core.Check;
import io.penstock.core.Intent;
import io.penstock.core.Json;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.Measure;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.Verdict;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.delta.Publication;
import io.penstock.core.delta.Staged;
import io.penstock.core.delta.Target;
import io.penstock.core.storage.Storage;
import io.penstock.ingestion.FileFact;
import io.penstock.ingestion.Known;
import io.penstock.ingestion.LandedFile;
import io.penstock.ingestion.Landing;
import io.penstock.ingestion.Notice;
import io.penstock.ingestion.Overwritten;
import io.penstock.ingestion.Parsed;
import io.penstock.ingestion.Reading;
import io.penstock.ingestion.Replay;
import io.penstock.ingestion.TakePlan;
import io.penstock.ingestion.UnitFacts;
import io.penstock.jobs.run.History;
import io.penstock.jobs.run.LedgerProjection;
import io.penstock.jobs.run.StageJob;
import io.penstock.jobs.run.Work;
import io.penstock.validation.Checks;
import io.penstock.validation.Volumes;
import java.sql.Date;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** Landed files to {@code bronze/<source>} and {@code quarantine/<source>}, all sources of a unit together. */
public final class IngestJob implements StageJob {
    /** Raised when the output changes meaning: everything is made again then. */
    private static final int MEANING = 1;

    private static final int NOTICES_SHOWN = 5;
    private static final String NO_FOLDER = "PEN-ING-001";

    /** In place of an input content that no finished unit has. */
    private static final String OTHER = "other";

    private final PipelineConfig config;
    private final List<Notice> found = new ArrayList<>();
    private final List<LedgerEntry> seen = new ArrayList<>();
    private final Map<String, Map<String, Instant>> modified = new HashMap<>();

    public IngestJob(PipelineConfig config) {
        this.config = config;
    }

    @Override
    public Stage stage() {
        return Stage.INGEST;
    }

    @Override
    public String subject() {
        return "";
    }

    @Override
    public Recipe recipe() {
        return recipeOf(config);
    }

    static Recipe recipeOf(PipelineConfig config) {
        Map<String, Object> parts = new TreeMap<>();
        config.sources().forEach((name, source) -> parts.put("source." + name, Json.canonical(source.meaning())));
        config.sources().values().stream()
                .filter(source -> source.mode() == PipelineConfig.Mode.SNAPSHOT)
                .forEach(source -> parts.put("withdrawals." + source.name(), "keys that the next snapshot lacks"));
        config.sources().values().stream()
                .filter(source -> !source.isOrderedByLanding())
                .forEach(source -> parts.put("order." + source.name(), "by value"));
        parts.put("schedule", Json.canonical(config.schedule()));
        return Recipe.of(Stage.INGEST, MEANING, parts);
    }

    @Override
    public boolean takes(Unit unit) {
        return true;
    }

    @Override
    public List<Need> needs() {
        return List.of();
    }

    /** A finished unit stays finished: what lands later belongs to a later unit. */
    @Override
    public Optional<String> inputContent(Unit unit, History history) {
        return Optional.empty();
    }

    @Override
    public List<String> outputs() {
        List<String> tables = new ArrayList<>();
        config.sources().keySet().forEach(source -> {
            tables.add(Tables.bronze(source));
            tables.add(Tables.quarantine(source));
            tables.add(Tables.replayed(source));
        });
        config.sources().values().stream()
                .filter(PipelineConfig.Source::current)
                .forEach(source -> tables.add(Tables.current(source.name())));
        return tables;
    }

    /** Which files are new can only be told from books that agree. */
    @Override
    public void requireRunnable(History history) {
        history.contradiction().ifPresent(what -> {
            throw PenstockException.internal(
                    "PEN-OPS-032",
                    "The ledger and the manifests contradict each other: " + what,
                    config.ops(),
                    "If it is the ledger that is lost or wrong: penstock files " + config.pipeline()
                            + " --rebuild; restore this folder from a backup when manifests are missing");
        });
    }

    /** A unit that ran before takes the same files again; otherwise what landed up to its cut and nobody took. */
    @Override
    public Map<LocalDate, List<Pin.FilePin>> files(List<Unit> units, History history) {
        found.clear();
        seen.clear();
        Map<LocalDate, List<Pin.FilePin>> files = new TreeMap<>();
        units.forEach(unit -> files.put(unit.date(), new ArrayList<>()));
        Configuration hadoop = Storage.configuration(config);
        Map<PipelineConfig.Source, Landing.Discovery> landings = new LinkedHashMap<>();
        for (PipelineConfig.Source source : config.sources().values()) {
            Known known = Known.of(source.name(), history.standing(), files.keySet());
            Landing.Discovery landing = Landing.discover(
                    hadoop, config.locations().landing(), source, known, config.schedule(), lastCut(units));
            landings.put(source, landing);
            found.addAll(landing.notices());
            Landing.Discovery mended =
                    Replay.discover(hadoop, config.locations().landing(), source);
            found.addAll(mended.notices());
            List<LandedFile> landed = new ArrayList<>(landing.files());
            landed.addAll(mended.files());
            modified.put(source.name(), times(landed));
            List<LandedFile> open = new ArrayList<>();
            RunsAgain again = new RunsAgain(source, history, files.keySet());
            Function<LandedFile, String> sha256 =
                    file -> Landing.sha256(hadoop, config.locations().landing(), file.pin());
            again.require(landed, sha256);
            found.addAll(again.forgotten());
            for (LandedFile file : landed) {
                known.takenAgainBy(file.path())
                        .ifPresentOrElse(unit -> files.get(unit).add(file.pin()), () -> open.add(file));
            }
            Overwritten overwritten = Overwritten.of(source, open, known.elsewhere(), sha256);
            seen.addAll(overwritten.seen());
            TakePlan plan = TakePlan.of(units, open, known.elsewhere(), overwritten);
            found.addAll(plan.notices());
            plan.take()
                    .forEach((unit, taken) ->
                            taken.forEach(file -> files.get(unit.date()).add(file.pin())));
        }
        Landing.forNobody(landings)
                .forEach((source, paths) -> found.add(new Notice(
                        "PEN-ING-015",
                        source,
                        "Passed over, the pattern "
                                + config.sources().get(source).path() + " does not match: "
                                + paths.stream().limit(NOTICES_SHOWN).collect(Collectors.joining(", "))
                                + (paths.size() > NOTICES_SHOWN
                                        ? " and " + (paths.size() - NOTICES_SHOWN) + " more"
                                        : ""))));
        files.values()
                .forEach(list ->
                        list.sort(Comparator.comparing(Pin.FilePin::source).thenComparing(Pin.FilePin::path)));
        return files;
    }

    /**
     * A unit that is taken again keeps its content if its files are still there, hold what they held, and no other has come
     * beside them; only then are they read. Of a landing folder that is not there nothing is known: the run will say so.
     */
    @Override
    public Map<LocalDate, String> contents(List<Unit> running, History history) {
        Map<LocalDate, String> contents = new TreeMap<>();
        Map<LocalDate, List<Pin.FilePin>> files;
        boolean isNew = running.stream()
                .allMatch(unit -> history.done(Stage.INGEST, "", unit.date()).isEmpty());
        try {
            files = isNew ? Map.of() : files(running, history);
        } catch (PenstockException e) {
            if (!e.code().equals(NO_FOLDER)) {
                throw e;
            }
            files = Map.of();
        }
        for (Unit unit : running) {
            List<Pin.FilePin> again = files.get(unit.date());
            contents.put(
                    unit.date(),
                    history.done(Stage.INGEST, "", unit.date())
                            .map(before -> again == null || isStill(before, again) ? before.inputContent() : OTHER)
                            .orElse(OTHER));
        }
        return contents;
    }

    private boolean isStill(Manifest before, List<Pin.FilePin> again) {
        return shape(before.inputs()).equals(shape(again))
                && History.contentOf(hashed(again)).equals(before.inputContent());
    }

    /** What can be told of files without opening them. */
    private static List<List<Object>> shape(List<? extends Pin> pins) {
        return pins.stream()
                .map(Pin.FilePin.class::cast)
                .map(file -> List.<Object>of(file.source(), file.path(), file.bytes()))
                .sorted(Comparator.comparing(Object::toString))
                .toList();
    }

    @Override
    public Map<LocalDate, String> pinnedContents(List<Unit> running, History history) {
        Map<LocalDate, String> contents = new TreeMap<>();
        files(running, history).forEach((unit, files) -> contents.put(unit, History.contentOf(hashed(files))));
        return contents;
    }

    private List<Pin.FilePin> hashed(List<Pin.FilePin> files) {
        Configuration hadoop = Storage.configuration(config);
        String landing = config.locations().landing();
        return files.parallelStream()
                .map(file -> new Pin.FilePin(
                        file.source(), file.path(), file.bytes(), Landing.sha256(hadoop, landing, file)))
                .toList();
    }

    @Override
    public Outcome execute(List<Unit> units, Intent intent, Work work) {
        Publication publication = work.publication(intent);
        Publishing publishing = new Publishing(publication, units);
        List<LedgerEntry> ledger = new ArrayList<>();
        Map<Pin.FilePin, Long> duplicates = new HashMap<>();
        Map<LocalDate, Map<String, String>> facts = new TreeMap<>();
        units.forEach(unit -> facts.put(unit.date(), new TreeMap<>()));
        List<Parsed> open = new ArrayList<>();
        tell(found, work);
        List<Manifest> before = unitsBefore(units.get(0), work);
        Map<Target, Dataset<Row>> tables = new LinkedHashMap<>();
        try {
            for (PipelineConfig.Source source : config.sources().values()) {
                work.progress().working("ingest " + source.name());
                Map<Unit, List<LandedFile>> all = take(source, units, intent, work.history());
                Map<Unit, List<LandedFile>> take = only(all, file -> !Replay.is(file));
                Map<Unit, List<LandedFile>> mended = only(all, Replay::is);
                boolean isEmpty = all.values().stream().allMatch(List::isEmpty);
                boolean anew = !work.tables().mayHold(Tables.bronze(source.name()), intent.units())
                        && !work.tables().mayHold(Tables.quarantine(source.name()), intent.units())
                        && !work.tables().mayHold(Tables.replayed(source.name()), intent.units());
                if (isEmpty && anew && work.tables().version(Tables.bronze(source.name())) >= 0) {
                    units.forEach(unit -> noFile(source, unit, false, publishing));
                    continue;
                }
                Parsed parsed = Reading.read(
                        work.spark(),
                        source,
                        take,
                        config.locations().landing(),
                        work.history().standing(),
                        () -> before(source, work));
                open.add(parsed);
                List<Parsed> replayed = replayed(source, mended, parsed, intent, work);
                open.addAll(replayed);
                tables.putAll(tables(source, units, intent, work, publishing, parsed, replayed, anew, facts, before));
                for (Parsed read :
                        Stream.concat(Stream.of(parsed), replayed.stream()).toList()) {
                    ledger.addAll(read.ledger(intent.runId()));
                    read.files().forEach(file -> duplicates.put(file.pin(), file.duplicates()));
                    tell(read.notices(), work);
                }
            }
            for (Staged staged : publication.stageAll(tables)) {
                publishing.add(withKeys(staged), checks(staged.target().table()), false);
            }
            for (Unit unit : units) {
                work.requirePlanned(intent, unit, History.contentOf(pins(unit, ledger)));
            }
            List<Unit> settling = upToAnInfluence(units, publishing, open);
            if (settling.size() < units.size()) {
                work.progress()
                        .note("unit " + settling.get(settling.size() - 1)
                                + " is refused: the units after it are read once more, without what it brought");
            }
            List<LedgerEntry> settled = ledger.stream()
                    .filter(entry ->
                            settling.stream().anyMatch(unit -> unit.date().equals(entry.unit())))
                    .map(entry -> settled(entry, units, publishing))
                    .toList();
            settled.forEach(entry ->
                    LedgerProjection.tell(facts.get(entry.unit()), entry, duplicates.getOrDefault(pin(entry), 0L)));
            LocalDate last = settling.get(settling.size() - 1).date();
            seen.forEach(entry -> LedgerProjection.tellSeen(facts.get(last), entry));
            List<UnitResult> results = publishing.commit(
                    settling,
                    unit -> History.contentOf(pins(unit, ledger)),
                    unit -> List.copyOf(pins(unit, ledger)),
                    unit -> facts.get(unit.date()));
            settling.stream()
                    .filter(publishing::refused)
                    .filter(unit -> open.stream()
                            .anyMatch(read -> read.units().containsKey(unit.date())
                                    && read.units().get(unit.date()).rejects() > 0))
                    .forEach(unit -> work.progress()
                            .note("what it rejected: penstock quarantine " + config.pipeline() + " --unit " + unit
                                    + " --show 20"));
            for (PipelineConfig.Source source : config.sources().values()) {
                if (source.current()) {
                    new CurrentTable(source, intent, work).publish();
                }
            }
            return new Outcome(
                    results,
                    Stream.concat(settled.stream(), seen.stream().map(entry -> entry.of(intent.runId())))
                            .toList());
        } finally {
            open.forEach(Parsed::close);
        }
    }

    /**
     * The units up to the first refused one that may have left a trace in later ones: what it took is known there as a
     * snapshot, as content that came before, or as rejects to replace. Alone, a later unit would not know it.
     */
    private List<Unit> upToAnInfluence(List<Unit> units, Publishing publishing, List<Parsed> read) {
        for (int i = 0; i < units.size() - 1; i++) {
            Set<LocalDate> later =
                    units.subList(i + 1, units.size()).stream().map(Unit::date).collect(Collectors.toSet());
            if (publishing.refused(units.get(i)) && read.stream().anyMatch(parsed -> mayKnow(parsed, later))) {
                return units.subList(0, i + 1);
            }
        }
        return units;
    }

    private boolean mayKnow(Parsed parsed, Set<LocalDate> units) {
        return parsed.files().stream()
                .filter(file -> units.contains(file.unit().date()))
                .anyMatch(file -> file.state().equals(FileFact.DUPLICATE)
                        || Replay.is(file.file())
                        || config.sources().get(file.file().source()).mode() == PipelineConfig.Mode.SNAPSHOT);
    }

    private static Map<Unit, List<LandedFile>> only(Map<Unit, List<LandedFile>> take, Predicate<LandedFile> condition) {
        Map<Unit, List<LandedFile>> some = new TreeMap<>();
        take.forEach(
                (unit, files) -> some.put(unit, files.stream().filter(condition).toList()));
        return some;
    }

    /** What mended files hold; they may replace what this very run rejects when its units are done anew. */
    private List<Parsed> replayed(
            PipelineConfig.Source source, Map<Unit, List<LandedFile>> mended, Parsed parsed, Intent intent, Work work) {
        if (mended.values().stream().allMatch(List::isEmpty)) {
            return List.of();
        }
        String quarantine = Tables.quarantine(source.name());
        String replayed = Tables.replayed(source.name());
        Column isEarlier = functions.not(functions
                .col("unit")
                .isInCollection(intent.units().stream().map(Date::valueOf).toList()));
        Dataset<Row> rejected = parsed.quarantine();
        if (work.tables().exists(quarantine)) {
            rejected = work.tables()
                    .read(quarantine)
                    .filter(isEarlier)
                    .drop("run_id")
                    .unionByName(rejected, true);
        }
        Dataset<Row> rejects = Replay.rejects(
                rejected,
                work.tables().exists(replayed)
                        ? Optional.of(work.tables().read(replayed).filter(isEarlier))
                        : Optional.empty());
        return Reading.replay(
                work.spark(),
                source,
                mended,
                config.locations().landing(),
                work.history().standing(),
                () -> before(source, work),
                rejects,
                parsed);
    }

    private static Optional<Dataset<Row>> before(PipelineConfig.Source source, Work work) {
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

    private List<Check> checks(String table) {
        return sourceOf(table).map(Checks::of).orElse(List.of());
    }

    private Optional<PipelineConfig.Source> sourceOf(String table) {
        return config.sources().values().stream()
                .filter(source -> Tables.bronze(source.name()).equals(table))
                .findFirst();
    }

    /** Checks whose measure is not known before the rows are counted. */
    private static List<Check> counted(PipelineConfig.Source source) {
        return Checks.of(source).stream()
                .filter(check -> !isUniqueByReading(source, check.measure()))
                .toList();
    }

    /** Of the rows of a unit of an append source no two have one key: the others are duplicates or in conflict. */
    private static boolean isUniqueByReading(PipelineConfig.Source source, Measure measure) {
        return source.mode() == PipelineConfig.Mode.APPEND
                && !source.key().isEmpty()
                && measure.kind() == Measure.Kind.UNIQUENESS
                && measure.where().isEmpty()
                && List.of(measure.column().split(",")).containsAll(source.key());
    }

    private Staged withKeys(Staged staged) {
        Map<LocalDate, Map<Measure, Double>> measured = new TreeMap<>();
        staged.measured().forEach((unit, known) -> {
            Map<Measure, Double> all = new HashMap<>(known);
            sourceOf(staged.target().table())
                    .ifPresent(source -> Checks.of(source).stream()
                            .map(Check::measure)
                            .filter(measure -> isUniqueByReading(source, measure))
                            .forEach(measure -> all.put(measure, 1.0)));
            measured.put(unit, all);
        });
        return new Staged(staged.target(), staged.rows(), measured);
    }

    /** What the source publishes, after telling the verdicts that need no table. */
    private Map<Target, Dataset<Row>> tables(
            PipelineConfig.Source source,
            List<Unit> units,
            Intent intent,
            Work work,
            Publishing publishing,
            Parsed parsed,
            List<Parsed> replayed,
            boolean anew,
            Map<LocalDate, Map<String, String>> facts,
            List<Manifest> before) {
        Map<Target, Dataset<Row>> tables = new LinkedHashMap<>();
        // What was read is kept where it was read: one file needs no shuffle. Mended records are read by themselves.
        Dataset<Row> bronze = together(parsed, replayed, Parsed::bronze);
        tables.put(
                Tables.bronzeTarget(source, replayed.isEmpty() ? counted(source) : Checks.of(source)),
                units.size() == 1 ? bronze.coalesce(1) : bronze);
        boolean rejects = false;
        Map<LocalDate, Long> mended = new TreeMap<>();
        for (Parsed read : replayed) {
            for (UnitFacts unitFacts : read.units().values()) {
                rejects |= unitFacts.rejects() > 0;
                mended.merge(unitFacts.unit().date(), unitFacts.bronze(), Long::sum);
            }
        }
        mended.forEach(
                (unit, rows) -> facts.get(unit).put("metric." + source.name() + "/replayed", String.valueOf(rows)));
        PipelineConfig.Volume volume = source.volume().orElse(PipelineConfig.Volume.ANY);
        Deque<Long> rowsBefore = rowsOf(source, before);
        for (Unit unit : units) {
            UnitFacts unitFacts = parsed.units().get(unit.date());
            if (unitFacts == null || unitFacts.files() == 0) {
                boolean hasMended = replayed.stream()
                        .map(read -> read.units().get(unit.date()))
                        .anyMatch(read -> read != null && read.files() > 0);
                noFile(source, unit, hasMended, publishing);
                continue;
            }
            String table = Tables.bronze(source.name());
            publishing.verdict(
                    unit,
                    Stream.concat(
                                    Volumes.files(table, unitFacts.files(), volume).stream(),
                                    Volumes.rows(table, unitFacts.bronze(), rowsBefore, volume).stream())
                            .toList());
            rowsBefore.addLast(unitFacts.bronze());
            if (rowsBefore.size() > Volumes.BEFORE) {
                rowsBefore.removeFirst();
            }
            rejects |= unitFacts.rejects() > 0;
            publishing.verdict(
                    unit,
                    List.of(Checks.rejectRate(
                            Tables.bronze(source.name()),
                            unitFacts.rejects(),
                            unitFacts.records(),
                            source.maxRejectRate(),
                            unitFacts.rejectedByCode())));
            facts.get(unit.date()).put("metric." + source.name() + "/rejected", String.valueOf(unitFacts.rejected()));
            if (unitFacts.duplicates() > 0) {
                facts.get(unit.date())
                        .put("metric." + source.name() + "/duplicates", String.valueOf(unitFacts.duplicates()));
            }
            if (unitFacts.withdrawn() > 0) {
                facts.get(unit.date())
                        .put("metric." + source.name() + "/withdrawn", String.valueOf(unitFacts.withdrawn()));
            }
        }
        if (rejects || !anew || work.tables().version(Tables.quarantine(source.name())) < 0) {
            Target target = Tables.target(
                    Tables.quarantine(source.name()),
                    "Records of " + source.name() + " that break the contract",
                    List.of("_file_id", "position"),
                    List.of(),
                    Target.Scope.UNITS);
            tables.put(
                    target,
                    together(parsed, replayed, Parsed::quarantine).withColumn("run_id", functions.lit(intent.runId())));
        }
        Optional<Dataset<Row>> replaced =
                replayed.stream().flatMap(read -> read.replaced().stream()).reduce(Dataset::unionByName);
        String replacedTable = Tables.replayed(source.name());
        if (replaced.isEmpty() && work.tables().mayHold(replacedTable, intent.units())) {
            replaced = Optional.of(work.tables()
                    .read(replacedTable)
                    .filter(functions.lit(false))
                    .drop("run_id"));
        }
        replaced.ifPresent(rows -> tables.put(
                Tables.target(
                        replacedTable,
                        "Rejected records of " + source.name() + " that were mended, and the rows that replace them",
                        List.of("_file_id", "position", "by_row_id"),
                        List.of(),
                        Target.Scope.UNITS),
                rows.withColumn("run_id", functions.lit(intent.runId()))));
        return tables;
    }

    private static Dataset<Row> together(Parsed parsed, List<Parsed> replayed, Function<Parsed, Dataset<Row>> part) {
        Dataset<Row> all = part.apply(parsed);
        for (Parsed mended : replayed) {
            all = all.unionByName(part.apply(mended), true);
        }
        return all;
    }

    /** What the latest units before had, the latest first; each as its last run left it. */
    private static List<Manifest> unitsBefore(Unit first, Work work) {
        Set<LocalDate> known = new HashSet<>();
        return work.history()
                .newest(Stage.INGEST, "")
                .filter(head -> head.unit().isBefore(first.date()) && known.add(head.unit()))
                .filter(ManifestHead::isDone)
                .limit(2L * Volumes.BEFORE)
                .map(head -> head.manifest().get())
                .toList();
    }

    private static Deque<Long> rowsOf(PipelineConfig.Source source, List<Manifest> before) {
        Deque<Long> rows = new ArrayDeque<>();
        before.stream()
                .mapToLong(manifest -> manifest.counts().getOrDefault(Tables.bronze(source.name()), 0L))
                .filter(count -> count > 0)
                .limit(Volumes.BEFORE)
                .forEach(rows::addFirst);
        return rows;
    }

    /** @param hasMended whether the unit has mended files, which do not count among those that land */
    private static void noFile(PipelineConfig.Source source, Unit unit, boolean hasMended, Publishing publishing) {
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
                            "PEN-ING-002 no file landed for this unit")));
        }
    }

    private Map<Unit, List<LandedFile>> take(
            PipelineConfig.Source source, List<Unit> units, Intent intent, History history) {
        Map<String, Instant> times = modified.computeIfAbsent(
                source.name(),
                name -> times(Landing.discover(
                                Storage.configuration(config),
                                config.locations().landing(),
                                source,
                                Known.lookingAtAll(history.standing()),
                                config.schedule(),
                                lastCut(units))
                        .files()));
        Map<Unit, List<LandedFile>> take = new TreeMap<>();
        for (Unit unit : units) {
            take.put(
                    unit,
                    intent.files().getOrDefault(unit.date(), List.of()).stream()
                            .filter(file -> file.source().equals(source.name()))
                            .map(LandedFile::of)
                            .map(file -> file.modified(times.getOrDefault(file.path(), Instant.EPOCH)))
                            .toList());
        }
        return take;
    }

    private static Instant lastCut(List<Unit> units) {
        return units.stream().map(Unit::cut).max(Comparator.naturalOrder()).orElseThrow();
    }

    private static Map<String, Instant> times(List<LandedFile> files) {
        return files.stream().collect(Collectors.toMap(LandedFile::path, LandedFile::modified));
    }

    private static List<Pin.FilePin> pins(Unit unit, List<LedgerEntry> ledger) {
        return ledger.stream()
                .filter(entry -> entry.unit().equals(unit.date()))
                .map(IngestJob::pin)
                .toList();
    }

    private static Pin.FilePin pin(LedgerEntry entry) {
        return new Pin.FilePin(entry.source(), entry.path(), entry.bytes(), entry.sha256());
    }

    /** Files of a refused unit were not taken: the next run of the unit takes them again. */
    private static LedgerEntry settled(LedgerEntry entry, List<Unit> units, Publishing publishing) {
        boolean refused = units.stream().anyMatch(unit -> unit.date().equals(entry.unit()) && publishing.refused(unit));
        return refused
                ? new LedgerEntry(
                        entry.source(),
                        entry.path(),
                        entry.fileId(),
                        entry.bytes(),
                        entry.modified(),
                        entry.sha256(),
                        "refused",
                        entry.unit(),
                        entry.runId(),
                        entry.rowsIn(),
                        0,
                        "the unit was refused")
                : entry;
    }

    private static void tell(List<Notice> notices, Work work) {
        notices.stream().limit(NOTICES_SHOWN).forEach(notice -> work.progress().warning(notice.toString()));
        if (notices.size() > NOTICES_SHOWN) {
            work.progress().warning((notices.size() - NOTICES_SHOWN) + " more notices");
        }
    }
}
