package io.penstock.jobs.stage;

import io.penstock.core.ErrorCode;
import io.penstock.core.Intent;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.delta.Publication;
import io.penstock.core.delta.Staged;
import io.penstock.core.delta.Target;
import io.penstock.core.history.History;
import io.penstock.core.history.LedgerProjection;
import io.penstock.ingestion.landing.FileFact;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.Notice;
import io.penstock.ingestion.landing.ReprocessingPath;
import io.penstock.ingestion.read.SourceBatch;
import io.penstock.ingestion.take.InputAssignment;
import io.penstock.ingestion.take.UnitInputs;
import io.penstock.jobs.run.RowFailures;
import io.penstock.jobs.run.StageContext;
import io.penstock.jobs.run.StageJob;
import io.penstock.validation.drift.Volumes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Landed files to {@code bronze/<source>} and {@code quarantine/<source>}, all sources of a unit together. */
public final class IngestJob implements StageJob {
    /** Raised when the output changes meaning: everything is made again then. */
    static final int LOGIC_VERSION = 1;

    private static final int NOTICES_SHOWN = 5;

    private final PipelineConfig config;
    private final InputAssignment assignment;

    public IngestJob(PipelineConfig config) {
        this.config = config;
        this.assignment = new InputAssignment(config);
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
        Map<String, Object> sources = new TreeMap<>();
        config.sources().forEach((name, source) -> sources.put(name, Definitions.source(source)));
        return Recipe.of(
                Stage.INGEST, LOGIC_VERSION, Map.of("sources", sources, "schedule", Definitions.schedule(config)));
    }

    @Override
    public List<Recipe> former() {
        return List.of(FormerRecipes.ingest(config));
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
                .filter(SourceSpec::current)
                .forEach(source -> tables.add(Tables.current(source.name())));
        return tables;
    }

    /** Which files are new is known only if ledger and manifests agree. */
    @Override
    public void requireRunnable(History history) {
        history.contradiction().ifPresent(what -> {
            throw new PenstockException(
                    ErrorCode.LEDGER_CONTRADICTS_MANIFESTS,
                    "The ledger and the manifests contradict each other: " + what,
                    config.ops(),
                    "If it is the ledger that is lost or wrong: penstock files " + config.pipeline()
                            + " --rebuild; restore this folder from a backup when manifests are missing");
        });
    }

    @Override
    public UnitInputs inputs(List<Unit> units, History history) {
        return assignment.of(units, history);
    }

    @Override
    public Map<UnitId, String> contents(List<Unit> running, History history) {
        return assignment.contents(running, history);
    }

    @Override
    public Map<UnitId, String> pinnedContents(List<Unit> running, History history) {
        return assignment.pinnedContents(running, history);
    }

    @Override
    public Outcome execute(List<Unit> units, Intent intent, UnitInputs inputs, StageContext work) {
        Publication publication = work.publication(intent);
        Publishing publishing = new Publishing(publication, units);
        List<LedgerEntry> ledger = new ArrayList<>();
        Map<Pin.FilePin, Long> duplicates = new HashMap<>();
        Map<UnitId, Map<String, String>> facts = new TreeMap<>();
        units.forEach(unit -> facts.put(unit.id(), new TreeMap<>()));
        List<SourceBatch> open = new ArrayList<>();
        tell(inputs.notices(), work);
        List<Manifest> before = unitsBefore(units.get(0), work);
        Map<Target, Dataset<Row>> tables = new LinkedHashMap<>();
        Map<String, Set<Unit>> landed = new HashMap<>();
        List<SourceSpec> without = new ArrayList<>();
        try {
            for (SourceSpec source : config.sources().values()) {
                work.progress().working("ingest " + source.name());
                SourceIngest ingest =
                        new SourceIngest(source, config.locations().landing(), units, intent, work, publishing, facts);
                Map<Unit, List<LandedFile>> files = inputs.landed(source.name(), units);
                landed.put(Tables.bronze(source.name()), withFiles(files));
                boolean isEmpty = files.values().stream().allMatch(List::isEmpty);
                boolean again = ingest.isAnew();
                if (isEmpty && again && work.tables().version(Tables.bronze(source.name())) >= 0) {
                    units.forEach(unit -> ingest.noFile(unit, false));
                    without.add(source);
                    continue;
                }
                List<SourceBatch> parsed =
                        RowFailures.telling("stage ingest, source " + source.name(), () -> ingest.read(files, open));
                ingest.tell(parsed, before);
                tables.putAll(ingest.tables(parsed, again));
                for (SourceBatch read : parsed) {
                    ledger.addAll(read.ledger(intent.runId()));
                    read.files().forEach(file -> duplicates.put(file.pin(), file.duplicates()));
                    tell(read.notices(), work);
                }
            }
            BronzeChecks checks = new BronzeChecks(config);
            for (Staged staged : publication.stageAll(tables)) {
                String table = staged.target().table();
                publishing.add(
                        checks.withKeys(staged),
                        (unit, rows, measured) -> checks.judge(
                                table,
                                rows,
                                measured,
                                landed.getOrDefault(table, Set.of()).contains(unit)));
            }
            // No table of theirs changes, and their rules are answered all the same
            without.forEach(
                    source -> units.forEach(unit -> publishing.verdict(unit, BronzeChecks.ofNoRows(source, false))));
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
                            settling.stream().anyMatch(unit -> unit.id().equals(entry.unit())))
                    .map(entry -> settled(entry, units, publishing))
                    .toList();
            settled.forEach(entry ->
                    LedgerProjection.tell(facts.get(entry.unit()), entry, duplicates.getOrDefault(pin(entry), 0L)));
            UnitId last = settling.get(settling.size() - 1).id();
            inputs.seen().forEach(entry -> LedgerProjection.tellSeen(facts.get(last), entry));
            List<UnitResult> results = publishing.commit(
                    settling,
                    unit -> History.contentOf(pins(unit, ledger)),
                    unit -> List.copyOf(pins(unit, ledger)),
                    unit -> facts.get(unit.id()));
            settling.stream()
                    .filter(publishing::refused)
                    .filter(unit -> open.stream()
                            .anyMatch(read -> read.units().containsKey(unit.id())
                                    && read.units().get(unit.id()).rejects() > 0))
                    .forEach(unit -> work.progress()
                            .note("what it rejected: penstock quarantine " + config.pipeline() + " --unit " + unit
                                    + " --show 20"));
            for (SourceSpec source : config.sources().values()) {
                if (source.current()) {
                    new CurrentTable(source, intent, work).publish();
                }
            }
            return new Outcome(
                    results,
                    Stream.concat(settled.stream(), inputs.seen().stream().map(entry -> entry.of(intent.runId())))
                            .toList());
        } finally {
            open.forEach(SourceBatch::close);
        }
    }

    /**
     * The units up to the first refused one that may have left a trace in later ones: what it took is known there as a
     * snapshot, as content that came before, or as rejects to replace. Alone, a later unit would not know it.
     */
    private List<Unit> upToAnInfluence(List<Unit> units, Publishing publishing, List<SourceBatch> read) {
        for (int i = 0; i < units.size() - 1; i++) {
            Set<UnitId> later =
                    units.subList(i + 1, units.size()).stream().map(Unit::id).collect(Collectors.toSet());
            if (publishing.refused(units.get(i)) && read.stream().anyMatch(parsed -> mayKnow(parsed, later))) {
                return units.subList(0, i + 1);
            }
        }
        return units;
    }

    private boolean mayKnow(SourceBatch parsed, Set<UnitId> units) {
        return parsed.files().stream()
                .filter(file -> units.contains(file.unit().id()))
                .anyMatch(file -> file.state().equals(FileFact.DUPLICATE)
                        || ReprocessingPath.is(file.file())
                        || config.sources().get(file.file().source()).mode() == SourceSpec.Mode.SNAPSHOT);
    }

    /** What the latest units before had, the latest first; each as its last run left it. */
    private static List<Manifest> unitsBefore(Unit first, StageContext work) {
        Set<UnitId> known = new HashSet<>();
        return work.history()
                .newest(Stage.INGEST, "")
                .filter(head -> head.unit().isBefore(first.id()) && known.add(head.unit()))
                .filter(ManifestHead::isDone)
                .limit(2L * Volumes.BEFORE)
                .map(head -> head.manifest().get())
                .toList();
    }

    private static Set<Unit> withFiles(Map<Unit, List<LandedFile>> files) {
        return files.entrySet().stream()
                .filter(unit -> !unit.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    private static List<Pin.FilePin> pins(Unit unit, List<LedgerEntry> ledger) {
        return ledger.stream()
                .filter(entry -> entry.unit().equals(unit.id()))
                .map(IngestJob::pin)
                .toList();
    }

    private static Pin.FilePin pin(LedgerEntry entry) {
        return new Pin.FilePin(entry.source(), entry.path(), entry.bytes(), entry.sha256());
    }

    /** Files of a refused unit were not taken: the next run of the unit takes them again. */
    private static LedgerEntry settled(LedgerEntry entry, List<Unit> units, Publishing publishing) {
        boolean refused = units.stream().anyMatch(unit -> unit.id().equals(entry.unit()) && publishing.refused(unit));
        return refused
                ? new LedgerEntry(
                        entry.source(),
                        entry.path(),
                        entry.fileId(),
                        entry.bytes(),
                        entry.modified(),
                        entry.sha256(),
                        FileFact.REFUSED,
                        entry.unit(),
                        entry.runId(),
                        entry.rowsIn(),
                        0,
                        "the unit was refused")
                : entry;
    }

    private void tell(List<Notice> notices, StageContext work) {
        List<Notice> ordered = Notice.firstOfEachCode(notices);
        ordered.stream().limit(NOTICES_SHOWN).forEach(notice -> work.progress().warning(notice.toString()));
        if (ordered.size() > NOTICES_SHOWN) {
            Map<String, Long> more = ordered.stream()
                    .skip(NOTICES_SHOWN)
                    .collect(Collectors.groupingBy(Notice::code, TreeMap::new, Collectors.counting()));
            work.progress()
                    .warning("and "
                            + more.entrySet().stream()
                                    .map(code -> code.getValue() + " more " + code.getKey())
                                    .collect(Collectors.joining(", "))
                            + "; of each file: penstock files " + config.pipeline());
        }
    }
}
