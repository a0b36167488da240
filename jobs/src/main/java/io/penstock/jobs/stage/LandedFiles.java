package io.penstock.jobs.stage;

import io.penstock.core.LedgerEntry;
import io.penstock.core.PenstockException;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.storage.Storage;
import io.penstock.ingestion.LandedFile;
import io.penstock.ingestion.Landing;
import io.penstock.ingestion.Notice;
import io.penstock.ingestion.Replay;
import io.penstock.jobs.run.History;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/** Every file that was ever taken, and those that lie there and were not, told without opening one. */
public final class LandedFiles {
    /**
     * @param state as in the ledger, or {@code waiting} or {@code passed over}
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

    private LandedFiles() {}

    /** In the order in which files were taken; then what lies there. */
    public static List<Line> of(PipelineConfig config, History history) {
        List<Line> lines = new ArrayList<>();
        Set<List<String>> taken = new HashSet<>();
        for (LedgerEntry entry : history.ledger()) {
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
        for (PipelineConfig.Source source : config.sources().values()) {
            lines.addAll(lying(config, history, source, taken));
        }
        return lines;
    }

    private static List<Line> lying(
            PipelineConfig config, History history, PipelineConfig.Source source, Set<List<String>> taken) {
        List<Line> lines = new ArrayList<>();
        Configuration hadoop = Storage.configuration(config);
        Landing.Discovery found;
        Landing.Discovery mended;
        try {
            found = Landing.discover(hadoop, config.locations().landing(), source);
            mended = Replay.discover(hadoop, config.locations().landing(), source);
        } catch (PenstockException e) {
            return List.of(line(source, "", "passed over", "", e.code() + " " + e.what()));
        }
        for (LandedFile file : both(found.files(), mended.files())) {
            if (!taken.contains(List.of(source.name(), file.path()))) {
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
            lines.add(line(source, notice.where(), "passed over", "", notice.code() + " " + notice.message()));
        }
        return lines;
    }

    private static <T> List<T> both(List<T> some, List<T> others) {
        return Stream.concat(some.stream(), others.stream()).toList();
    }

    /** The first unit at whose cut the file has landed and which is not done. */
    private static Unit firstAfter(PipelineConfig config, History history, LandedFile file) {
        Unit unit = config.schedule().dueAt(file.landed());
        while (unit.cut().isBefore(file.landed())
                || history.done(Stage.INGEST, "", unit.date()).isPresent()) {
            unit = config.schedule().unit(unit.date().plusDays(config.schedule().days()));
        }
        return unit;
    }

    private static Line line(PipelineConfig.Source source, String path, String state, String unit, String reason) {
        return new Line(source.name(), path, state, unit, "", Optional.empty(), Optional.empty(), reason);
    }
}
