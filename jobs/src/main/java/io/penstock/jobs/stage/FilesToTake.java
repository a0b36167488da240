package io.penstock.jobs.stage;

import io.penstock.core.Intent;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.storage.Storage;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.Landing;
import io.penstock.ingestion.landing.LedgerLookup;
import io.penstock.ingestion.landing.Notice;
import io.penstock.ingestion.repair.Reprocessing;
import io.penstock.ingestion.take.FileAssignment;
import io.penstock.ingestion.versions.Overwritten;
import io.penstock.jobs.run.History;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;

/** Which landed files the units of a run take, and what there is to tell of the others. */
final class FilesToTake {
    private static final String NO_FOLDER = "PEN-ING-001";

    /** In place of an input content that no finished unit has. */
    private static final String OTHER = "other";

    private static final int PATHS_SHOWN = 5;

    private final PipelineConfig config;
    private final List<Notice> found = new ArrayList<>();
    private final List<LedgerEntry> seen = new ArrayList<>();
    private final Map<String, Map<String, Instant>> modified = new HashMap<>();

    /** @param landed what lies there, mended files included, without what {@code known} settles */
    private record Lying(PipelineConfig.Source source, LedgerLookup known, List<LandedFile> landed, RunsAgain again) {}

    FilesToTake(PipelineConfig config) {
        this.config = config;
    }

    /** What the last {@link #of} found worth telling. */
    List<Notice> found() {
        return found;
    }

    /** The ledger's word for files that were touched and have their content still, as the last {@link #of} found them. */
    List<LedgerEntry> seen() {
        return seen;
    }

    /** A unit that ran before takes the same files again; otherwise what landed up to its cut and nobody took. */
    Map<LocalDate, List<Pin.FilePin>> of(List<Unit> units, History history) {
        found.clear();
        seen.clear();
        Map<LocalDate, List<Pin.FilePin>> files = new TreeMap<>();
        units.forEach(unit -> files.put(unit.date(), new ArrayList<>()));
        Configuration hadoop = Storage.configuration(config);
        Function<LandedFile, String> sha256 =
                file -> Landing.sha256(hadoop, config.locations().landing(), file.pin());
        Map<PipelineConfig.Source, Landing.Discovery> landings = new LinkedHashMap<>();
        List<Lying> lying = new ArrayList<>();
        for (PipelineConfig.Source source : config.sources().values()) {
            LedgerLookup known = LedgerLookup.of(source.name(), history.standing(), files.keySet());
            Landing.Discovery landing = Landing.discover(
                    hadoop, config.locations().landing(), source, known, config.schedule(), lastCut(units));
            landings.put(source, landing);
            found.addAll(landing.notices());
            Landing.Discovery mended =
                    Reprocessing.discover(hadoop, config.locations().landing(), source);
            found.addAll(mended.notices());
            List<LandedFile> landed = new ArrayList<>(landing.files());
            landed.addAll(mended.files());
            modified.put(source.name(), times(landed));
            RunsAgain again = new RunsAgain(source, history, landed, landing.unchanged(), sha256);
            lying.add(new Lying(source, known, landed, again));
        }
        RunsAgain.require(lying.stream().map(Lying::again).toList(), files.keySet());
        for (Lying of : lying) {
            found.addAll(of.again().forgotten(files.keySet()));
            List<LandedFile> open = new ArrayList<>();
            for (LandedFile file : of.landed()) {
                of.known()
                        .unitTakingAgain(file.path())
                        .ifPresentOrElse(unit -> files.get(unit).add(file.pin()), () -> open.add(file));
            }
            Overwritten overwritten =
                    Overwritten.of(of.source(), open, of.known().ofOtherUnits(), sha256);
            seen.addAll(overwritten.seen());
            FileAssignment plan = FileAssignment.of(units, open, of.known().ofOtherUnits(), overwritten);
            found.addAll(plan.notices());
            plan.assigns()
                    .forEach((unit, taken) ->
                            taken.forEach(file -> files.get(unit.date()).add(file.pin())));
        }
        Landing.unmatched(landings)
                .forEach((source, paths) -> found.add(new Notice(
                        "PEN-ING-015",
                        source,
                        "Passed over, the pattern "
                                + config.sources().get(source).path() + " does not match: "
                                + paths.stream().limit(PATHS_SHOWN).collect(Collectors.joining(", "))
                                + (paths.size() > PATHS_SHOWN
                                        ? " and " + (paths.size() - PATHS_SHOWN) + " more"
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
    Map<LocalDate, String> contents(List<Unit> running, History history) {
        Map<LocalDate, String> contents = new TreeMap<>();
        Map<LocalDate, List<Pin.FilePin>> files;
        boolean isNew = running.stream()
                .allMatch(unit -> history.done(Stage.INGEST, "", unit.date()).isEmpty());
        try {
            files = isNew ? Map.of() : of(running, history);
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

    Map<LocalDate, String> pinnedContents(List<Unit> running, History history) {
        Map<LocalDate, String> contents = new TreeMap<>();
        of(running, history).forEach((unit, files) -> contents.put(unit, History.contentOf(hashed(files))));
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

    /** What the intent pins of a source, as {@link #of} found it lying there. */
    Map<Unit, List<LandedFile>> pinned(PipelineConfig.Source source, List<Unit> units, Intent intent, History history) {
        Map<String, Instant> times = modified.computeIfAbsent(
                source.name(),
                name -> times(Landing.discover(
                                Storage.configuration(config),
                                config.locations().landing(),
                                source,
                                LedgerLookup.ofAllFiles(history.standing()),
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
}
