package io.penstock.ingestion.take;

import io.penstock.core.ErrorCode;
import io.penstock.core.LedgerEntry;
import io.penstock.core.PenstockException;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/** Every file that was ever taken, and those that lie there and were not, told without opening one. */
public final class LandedFiles {
    /**
     * @param state as in the ledger, or {@code waiting}, {@code passed over}, {@code note} where something is told of the
     *     whole source or of a file that is taken, or {@code overwritten}: another size or time
     *     than that of what was taken, whose content no one has compared yet
     * @param unit that took it, or will
     * @param run that took it; empty when none did
     */
    public record Line(
            String source,
            String path,
            String state,
            String unit,
            String run,
            Optional<Long> rowsIn,
            Optional<Long> rowsOut,
            String reason) {}

    /** How many files are asked for one by one, each of which is a call. */
    private static final int ASKED = 1000;

    private LandedFiles() {}

    /**
     * By the units that took them, as they hold them now; then what lies there.
     *
     * @param isEver whether to tell what earlier runs of a unit said, too
     */
    public static List<Line> of(PipelineConfig config, History history, boolean isEver) {
        List<Line> lines = new ArrayList<>();
        Set<List<String>> taken = new HashSet<>();
        for (LedgerEntry entry : history.ledger().stream()
                .filter(entry -> isEver || history.isSaidLast(entry))
                .sorted(Comparator.comparing(LedgerEntry::unit))
                .toList()) {
            lines.add(new Line(
                    entry.source(),
                    entry.path(),
                    entry.state(),
                    entry.unit().toString(),
                    entry.runId(),
                    Optional.of(entry.rowsIn()),
                    Optional.of(entry.rowsOut()),
                    entry.reason()));
            taken.add(List.of(entry.source(), entry.path()));
        }
        Map<SourceSpec, Landing.Discovery> landings = new LinkedHashMap<>();
        for (SourceSpec source : config.sources().values()) {
            List<Line> present = present(config, history, source, taken, landings);
            if (landings.containsKey(source) && source.format() != SourceSpec.Format.DELTA) {
                Set<String> gone = gone(lines, config, source, landings.get(source));
                lines.replaceAll(
                        line -> line.source().equals(source.name()) && gone.contains(line.path()) ? gone(line) : line);
            }
            lines.addAll(present);
        }
        Landing.unmatched(landings)
                .forEach((source, paths) -> paths.forEach(path -> lines.add(line(
                        config.sources().get(source),
                        path,
                        "passed over",
                        "",
                        ErrorCode.FILE_PASSED_OVER + " The pattern "
                                + config.sources().get(source).path() + " does not match"))));
        return lines;
    }

    /** Of files that were taken, those that are not there. Of very many that the pattern does not lead to the last are asked. */
    private static Set<String> gone(
            List<Line> lines, PipelineConfig config, SourceSpec source, Landing.Discovery found) {
        Set<String> there = found.files().stream().map(LandedFile::path).collect(Collectors.toSet());
        List<String> missed = lines.stream()
                .filter(line -> line.source().equals(source.name()) && !there.contains(line.path()))
                .map(Line::path)
                .distinct()
                .toList();
        Configuration hadoop = Storage.configuration(config);
        return missed.subList(Math.max(0, missed.size() - ASKED), missed.size()).stream()
                .filter(path -> !Landing.exists(hadoop, config.locations().landing(), path))
                .collect(Collectors.toSet());
    }

    private static Line gone(Line line) {
        return new Line(
                line.source(),
                line.path(),
                line.state(),
                line.unit(),
                line.run(),
                line.rowsIn(),
                line.rowsOut(),
                "gone since" + (line.reason() == null || line.reason().isEmpty() ? "" : "; " + line.reason()));
    }

    private static List<Line> present(
            PipelineConfig config,
            History history,
            SourceSpec source,
            Set<List<String>> taken,
            Map<SourceSpec, Landing.Discovery> landings) {
        List<Line> lines = new ArrayList<>();
        Configuration hadoop = Storage.configuration(config);
        Landing.Discovery found;
        Landing.Discovery mended;
        try {
            found = Landing.discover(
                    hadoop,
                    config.locations().landing(),
                    source,
                    LedgerLookup.ofAllFiles(history.standing()),
                    config.schedule(),
                    Instant.MAX);
            landings.put(source, found);
            mended = Reprocessing.discover(hadoop, config.locations().landing(), source);
        } catch (PenstockException e) {
            return List.of(line(source, "", "passed over", "", e.code() + " " + e.what()));
        }
        Map<String, LedgerEntry> latest = LedgerLookup.latest(history.standing().stream()
                .filter(entry -> entry.source().equals(source.name()))
                .toList());
        Map<List<String>, UnitId> claimed = claimed(history);
        for (LandedFile file : both(found.files(), mended.files())) {
            LedgerEntry known = latest.get(file.path());
            if (known != null && LedgerLookup.mayHaveChanged(known, file)) {
                boolean isOther = known.bytes() != file.bytes();
                lines.add(line(
                        source,
                        file.path(),
                        isOther ? "overwritten" : "touched",
                        "",
                        "changed " + file.modified() + ", after unit " + known.unit() + " took it"
                                + (isOther ? "" : "; the next run compares what it holds")));
            }
            if (claimed.containsKey(List.of(source.name(), file.path()))) {
                UnitId unit = claimed.get(List.of(source.name(), file.path()));
                lines.add(line(
                        source,
                        file.path(),
                        "waiting",
                        unit.toString(),
                        "a run that did not finish yet is at it; if it died, the next run goes on"));
            } else if (!taken.contains(List.of(source.name(), file.path()))) {
                Unit unit = firstAfter(config, history, file);
                lines.add(line(
                        source,
                        file.path(),
                        "waiting",
                        unit.toString(),
                        "landed " + file.landed() + ", not taken yet"));
            }
        }
        for (Notice notice : both(found.notices(), mended.notices())) {
            boolean isNote = List.of(source.name(), source.path()).contains(notice.where())
                    || notice.code().equals(Landing.IN_THE_FUTURE);
            lines.add(line(
                    source,
                    notice.where(),
                    isNote ? "note" : "passed over",
                    "",
                    notice.code() + " " + notice.message()));
        }
        return lines;
    }

    /** By source and path, the unit that takes a file in a run that is not finished. */
    private static Map<List<String>, UnitId> claimed(History history) {
        Map<List<String>, UnitId> claimed = new HashMap<>();
        history.unfinished(Stage.INGEST, "")
                .ifPresent(intent -> intent.files()
                        .forEach((unit, files) ->
                                files.forEach(file -> claimed.put(List.of(file.source(), file.path()), unit))));
        return claimed;
    }

    private static <T> List<T> both(List<T> some, List<T> others) {
        return Stream.concat(some.stream(), others.stream()).toList();
    }

    /** The first unit at whose cut the file has landed and which is not done. */
    private static Unit firstAfter(PipelineConfig config, History history, LandedFile file) {
        Unit unit = config.schedule().dueAt(file.landed());
        while (unit.cut().isBefore(file.landed())
                || history.done(Stage.INGEST, "", unit.id()).isPresent()) {
            unit = config.schedule().unit(config.schedule().next(unit.id()));
        }
        return unit;
    }

    private static Line line(SourceSpec source, String path, String state, String unit, String reason) {
        return new Line(source.name(), path, state, unit, "", Optional.empty(), Optional.empty(), reason);
    }
}
