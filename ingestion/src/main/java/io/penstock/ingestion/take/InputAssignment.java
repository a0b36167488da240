package io.penstock.ingestion.take;

import io.penstock.core.ErrorCode;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.history.History;
import io.penstock.core.storage.Storage;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.Landing;
import io.penstock.ingestion.landing.LedgerLookup;
import io.penstock.ingestion.landing.Notice;
import io.penstock.ingestion.repair.Reprocessing;
import io.penstock.ingestion.versions.Overwritten;
import java.time.Instant;
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

/** Assigns landed files to the units of a run, for all sources. */
public final class InputAssignment {
    private static final String NO_FOLDER = ErrorCode.NOTHING_LANDED.code();

    /** In place of an input content that no finished unit has. */
    private static final String OTHER = "other";

    private static final int PATHS_SHOWN = 5;

    private final PipelineConfig config;

    /** @param landed what is there, repaired files included, without files that {@code known} has as unchanged */
    private record SourceInventory(SourceSpec source, LedgerLookup known, List<LandedFile> landed, RerunRules rules) {}

    public InputAssignment(PipelineConfig config) {
        this.config = config;
    }

    /** A unit that ran before takes the same files again; any other takes what landed up to its cut and no unit took. */
    public UnitInputs of(List<Unit> units, History history) {
        List<Notice> notices = new ArrayList<>();
        List<LedgerEntry> seen = new ArrayList<>();
        Map<String, Map<String, Instant>> modified = new HashMap<>();
        Map<UnitId, List<Pin.FilePin>> files = new TreeMap<>();
        units.forEach(unit -> files.put(unit.id(), new ArrayList<>()));
        Configuration hadoop = Storage.configuration(config);
        Function<LandedFile, String> sha256 =
                file -> Landing.sha256(hadoop, config.locations().landing(), file.pin());
        Map<SourceSpec, Landing.Discovery> landings = new LinkedHashMap<>();
        List<SourceInventory> inventories = new ArrayList<>();
        for (SourceSpec source : config.sources().values()) {
            LedgerLookup known = LedgerLookup.of(source.name(), history.standing(), files.keySet());
            Landing.Discovery landing = Landing.discover(
                    hadoop, config.locations().landing(), source, known, config.schedule(), lastCut(units));
            landings.put(source, landing);
            notices.addAll(landing.notices());
            Landing.Discovery repaired =
                    Reprocessing.discover(hadoop, config.locations().landing(), source);
            notices.addAll(repaired.notices());
            List<LandedFile> landed = new ArrayList<>(landing.files());
            landed.addAll(repaired.files());
            modified.put(source.name(), times(landed));
            RerunRules rules = new RerunRules(source, history, landed, landing.unchanged(), sha256);
            inventories.add(new SourceInventory(source, known, landed, rules));
        }
        RerunRules.require(inventories.stream().map(SourceInventory::rules).toList(), files.keySet());
        for (SourceInventory of : inventories) {
            notices.addAll(of.rules().forgotten(files.keySet()));
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
            notices.addAll(plan.notices());
            plan.assigns()
                    .forEach((unit, taken) ->
                            taken.forEach(file -> files.get(unit.id()).add(file.pin())));
        }
        Landing.unmatched(landings)
                .forEach((source, paths) -> notices.add(new Notice(
                        ErrorCode.FILE_PASSED_OVER.code(),
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
        return new UnitInputs(files, modified, List.copyOf(notices), List.copyOf(seen));
    }

    /**
     * The input content of units, as far as it is known before they run. A unit that runs again keeps its content if it takes
     * the same files and they hold what they held; files are read only where paths and sizes are the same. If a landing folder
     * is missing, its files are not known here, and the run will refuse.
     */
    public Map<UnitId, String> contents(List<Unit> running, History history) {
        Map<UnitId, String> contents = new TreeMap<>();
        Map<UnitId, List<Pin.FilePin>> files;
        boolean isNew = running.stream()
                .allMatch(unit -> history.done(Stage.INGEST, "", unit.id()).isEmpty());
        try {
            files = isNew ? Map.of() : of(running, history).files();
        } catch (PenstockException e) {
            if (!e.code().equals(NO_FOLDER)) {
                throw e;
            }
            files = Map.of();
        }
        for (Unit unit : running) {
            List<Pin.FilePin> again = files.get(unit.id());
            contents.put(
                    unit.id(),
                    history.done(Stage.INGEST, "", unit.id())
                            .map(before -> again == null || isStill(before, again) ? before.inputContent() : OTHER)
                            .orElse(OTHER));
        }
        return contents;
    }

    private boolean isStill(Manifest before, List<Pin.FilePin> again) {
        return shape(before.inputs()).equals(shape(again))
                && History.contentOf(hashed(again)).equals(before.inputContent());
    }

    /** What is known of files without opening them. */
    private static List<List<Object>> shape(List<? extends Pin> pins) {
        return pins.stream()
                .map(Pin.FilePin.class::cast)
                .map(file -> List.<Object>of(file.source(), file.path(), file.bytes()))
                .sorted(Comparator.comparing(Object::toString))
                .toList();
    }

    /** The exact input content of units. Reads every file. */
    public Map<UnitId, String> pinnedContents(List<Unit> running, History history) {
        Map<UnitId, String> contents = new TreeMap<>();
        of(running, history).files().forEach((unit, files) -> contents.put(unit, History.contentOf(hashed(files))));
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

    private static Instant lastCut(List<Unit> units) {
        return units.stream().map(Unit::cut).max(Comparator.naturalOrder()).orElseThrow();
    }

    private static Map<String, Instant> times(List<LandedFile> files) {
        return files.stream().collect(Collectors.toMap(LandedFile::path, LandedFile::modified));
    }
}
