package io.penstock.jobs.cli;

import io.penstock.core.ErrorCode;
import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import io.penstock.core.config.Durations;
import io.penstock.ingestion.extract.DumpSplit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "land",
        mixinStandardHelpOptions = true,
        description = {
            "Split a file with a history into landed folders, one for each day of a column. Starts no Spark.",
            "A row lands at the end of its day (UTC), plus --delay: ingestion then knows it no earlier. CSV with a header"
                    + " or JSON lines, plain or gzip. Rows keep their bytes, files that are there are not changed, and the"
                    + " same again writes nothing. Point init --source at the folder next."
        })
public final class LandCommand implements Callable<Integer> {
    private static final int SHOWN = 3;

    @Mixin
    Common common;

    @Spec
    CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The file to split.")
    Path file;

    @Option(
            names = "--split-by",
            required = true,
            paramLabel = "COLUMN",
            description = "Date or timestamp of a row: when it happened.")
    String column;

    @Option(
            names = "--delay",
            paramLabel = "DURATION",
            description = "How long after the end of its day a row was known, such as 5h or 1d (default: at once).")
    String delay;

    @Option(
            names = "--to",
            paramLabel = "FOLDER",
            description = "The source's folder (default: <work>/landing/ and the name of the file).")
    Path target;

    @Override
    public Integer call() {
        if (!Files.isRegularFile(file)) {
            throw new PenstockException(
                    ErrorCode.DUMP_NOT_SPLIT, "There is no such file", file.toString(), "Name the file to split");
        }
        Path folder = (target == null ? common.work().resolve("landing").resolve(name()) : target)
                .toAbsolutePath()
                .normalize();
        try {
            print(folder, new DumpSplit(folder, delay()).split(file, column));
        } catch (IOException e) {
            throw new PenstockException(
                    ErrorCode.DUMP_NOT_SPLIT,
                    "Cannot split the file: " + e.getMessage(),
                    file.toString(),
                    "Check that the file can be read, and that " + folder + " can be written and has space",
                    e);
        }
        return 0;
    }

    private String name() {
        String given = file.getFileName().toString();
        int dot = given.indexOf('.');
        return dot > 0 ? given.substring(0, dot) : given;
    }

    private Duration delay() {
        if (delay == null) {
            return Duration.ZERO;
        }
        return Durations.parse(delay)
                .orElseThrow(() -> new CommandLine.ParameterException(
                        spec.commandLine(), "--delay must be a duration as 5h or 1d, is " + delay));
    }

    private void print(Path folder, DumpSplit.Result done) {
        if (common.json) {
            Map<String, Object> report = new LinkedHashMap<>();
            report.put("folder", folder.toString());
            report.put("rows", new TreeMap<>(done.rows()));
            report.put("files_written", done.written());
            report.put("undated_rows", done.undatedRows());
            report.put("undated_lines", done.undated());
            System.out.println(Json.document(report));
            return;
        }
        List<String> folders = List.copyOf(done.rows().keySet());
        long rows = done.rows().values().stream().mapToLong(Long::longValue).sum();
        System.out.println(String.format(
                Locale.ROOT,
                "  ✓ %,d rows in %,d folders, %s … %s",
                rows,
                folders.size(),
                folders.get(0),
                folders.get(folders.size() - 1)));
        System.out.println("    " + folder
                + (done.written() == 0 ? ": all of it was there already" : ": " + done.written() + " files written"));
        if (done.undatedRows() > 0) {
            System.out.println("  ! " + done.undatedRows() + " rows have no date or timestamp in column " + column
                    + ", first line" + (done.undated().size() > 1 ? "s " : " ")
                    + String.join(
                            ", ",
                            done.undated().stream()
                                    .limit(SHOWN)
                                    .map(String::valueOf)
                                    .toList())
                    + "; they land with the last day, where the contract judges them");
        }
        System.out.println("    next: penstock init NAME --source " + folder.getParent());
    }
}
