package io.penstock.jobs.run;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.history.History;
import io.penstock.core.storage.Storage;
import io.penstock.ingestion.repair.Repair;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Lands mended files for a unit that is not done yet; ingestion takes them with the others, once. */
public final class Replays {
    private Replays() {}

    /**
     * @param places files, or folders of files; a file lies in a folder that is named as its source
     * @return how many files were not there yet
     * @throws PenstockException {@code PEN-RUN-064} when the unit is done, {@code PEN-CFG-041} for a file of no source
     */
    public static int land(PipelineConfig config, History history, Unit unit, List<Path> places) {
        Map<Path, String> sources = new TreeMap<>();
        places.forEach(place -> files(place).forEach(file -> sources.put(file, source(config, file))));
        history.borrowedFrom(Stage.INGEST, "").ifPresent(lender -> {
            throw new PenstockException(
                    ErrorCode.REPLAY_OF_DONE_UNIT,
                    "Cannot replay here: ingestion is borrowed from " + lender,
                    "--replay",
                    "Replay it there: --env " + lender);
        });
        if (history.done(Stage.INGEST, "", unit.id()).isPresent()) {
            throw new PenstockException(
                    ErrorCode.REPLAY_OF_DONE_UNIT,
                    "Cannot replay with unit " + unit + ": its files are taken",
                    "--replay",
                    "What is mended now became known now: give the next unit that is not done");
        }
        int landed = 0;
        for (Map.Entry<Path, String> file : sources.entrySet()) {
            Repair mending = new Repair(
                    Storage.configuration(config), config.locations().landing(), config.source(file.getValue()));
            landed += mending.land(file.getKey(), unit) ? 1 : 0;
        }
        return landed;
    }

    private static List<Path> files(Path place) {
        Path whole = place.toAbsolutePath().normalize();
        if (!Files.exists(whole)) {
            throw new PenstockException(
                    ErrorCode.REPLAY_NAMES_NOTHING,
                    "Cannot find " + place,
                    "--replay",
                    "Name a file or a folder of mended files");
        }
        try (Stream<Path> files = Files.walk(whole)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().startsWith("."))
                    .sorted()
                    .collect(ArrayList::new, ArrayList::add, ArrayList::addAll);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + place, e);
        }
    }

    private static String source(PipelineConfig config, Path file) {
        String folder = file.getParent().getFileName().toString();
        if (!config.sources().containsKey(folder)) {
            throw new PenstockException(
                    ErrorCode.REPLAY_NAMES_NOTHING,
                    "Cannot tell of which source " + file + " is: its folder is named " + folder,
                    "--replay",
                    "Put it into a folder named as one of "
                            + String.join(", ", config.sources().keySet()));
        }
        return folder;
    }
}
