package io.penstock.jobs.cli;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.ErrorCode;
import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import io.penstock.core.UnitId;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.delta.DeltaTables;
import io.penstock.core.delta.Publication;
import io.penstock.core.storage.Storage;
import io.penstock.ingestion.landing.Landing;
import io.penstock.ingestion.repair.Repair;
import io.penstock.ingestion.repair.Reprocessing;
import io.penstock.ingestion.versions.FileVersions;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.report.TextTable;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.stage.Stages;
import io.penstock.jobs.stage.Tables;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import scala.collection.JavaConverters;
import scala.collection.Seq;

@Command(
        name = "quarantine",
        mixinStandardHelpOptions = true,
        description = "Say what was rejected, why, and what of it was mended since; give it out to be mended.")
public final class QuarantineCommand implements Callable<Integer> {
    /** Of records that correct what an {@code append} source took. */
    private static final String CORRECTS = ErrorCode.OVERWRITTEN_RECORD.code();

    private static final List<String> COLUMNS =
            List.of("source", "unit", "unit is", "code", "rule", "rejected", "mended", "overwritten", "open");

    @Mixin
    Common common;

    @Parameters(paramLabel = "PIPELINE")
    String pipeline;

    @Option(names = "--source", description = "Only of this source.")
    String source;

    @Option(names = "--unit", description = "Only what this unit rejected.")
    String unit;

    @Option(names = "--code", description = "Only with this code, for example PEN-ROW-015.")
    String code;

    @Option(names = "--show", defaultValue = "0", description = "Also show so many open records, raw (default: 0).")
    int show;

    @Option(
            names = "--export",
            paramLabel = "DIR",
            description = "Write what is open to <DIR>/<source>/, to be mended there; run --replay DIR takes it then.")
    Path export;

    /**
     * @param overwritten whose file was overwritten, and taken once more by a later unit: what it says since counts
     * @param open what replays may mend; all that a refused unit brought lands again as a whole
     */
    private record Group(
            String source,
            String unit,
            boolean refused,
            String code,
            String rule,
            long rejected,
            long mended,
            long overwritten,
            long open) {

        List<String> cells() {
            return List.of(
                    source,
                    unit,
                    refused ? "refused" : "done",
                    code,
                    rule,
                    String.valueOf(rejected),
                    String.valueOf(mended),
                    String.valueOf(overwritten),
                    String.valueOf(open));
        }
    }

    @Override
    public Integer call() {
        PipelineConfig config = common.config(pipeline);
        if (source != null && !config.sources().containsKey(source)) {
            throw new PenstockException(
                    ErrorCode.UNKNOWN_COLUMN,
                    "No source " + source,
                    "--source",
                    "The sources are: " + String.join(", ", config.sources().keySet()));
        }
        List<Group> groups = new ArrayList<>();
        List<List<String>> shown = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        List<Path> written = new ArrayList<>();
        try (Session session = new Session(config, Stages.jobs(config, List.of()), Progress.silent())) {
            for (SourceSpec each : config.sources().values()) {
                if (source == null || each.name().equals(source)) {
                    rejects(each, session).ifPresent(rejects -> {
                        groups.addAll(groups(rejects));
                        Dataset<Row> open = rejects.filter(col("open"));
                        shown.addAll(shown(open));
                        Dataset<Row> mendable = open.filter(functions.not(col("refused")));
                        correcting(each, mendable, session).ifPresent(notes::add);
                        if (export != null) {
                            notes.addAll(export(
                                    each,
                                    config,
                                    mendable,
                                    FileVersions.copies(
                                            each.name(), session.history().standing()),
                                    written));
                        }
                    });
                }
            }
        }
        tell(groups, shown, notes, written);
        return 0;
    }

    /**
     * Rejected records and files with whether they were mended, whether their file was overwritten since, and whether they are
     * to be mended, if the source has any.
     */
    private Optional<Dataset<Row>> rejects(SourceSpec of, Session session) {
        return rejected(of, session.tables()).map(rejects -> {
            Configuration hadoop = Storage.configuration(session.config());
            String landing = session.config().locations().landing();
            List<Row> since =
                    versions(of, session).superseded(path -> Landing.exists(hadoop, landing, path)).keySet().stream()
                            .map(RowFactory::create)
                            .toList();
            Dataset<Row> superseded = functions.broadcast(session.spark()
                    .createDataFrame(since, StructType.fromDDL("_of string"))
                    .withColumn("_since", lit(true)));
            return rejects.join(superseded, sequence("_of"), "left")
                    .withColumn("overwritten", functions.not(col("mended")).and(coalesce(col("_since"), lit(false))))
                    .withColumn(
                            "open",
                            functions
                                    .not(col("mended").or(col("overwritten")))
                                    .and(functions
                                            .not(Reprocessing.isRepaired())
                                            .or(col("_is_within"))));
        });
    }

    private static FileVersions versions(SourceSpec of, Session session) {
        return FileVersions.of(of.name(), session.history().standing());
    }

    /** Of an append source, which has no versions: what to do where a file that was overwritten corrects what it said. */
    private Optional<String> correcting(SourceSpec of, Dataset<Row> open, Session session) {
        List<Row> corrections = open.filter(col("code").equalTo(CORRECTS))
                .groupBy("path", "unit")
                .agg(count(lit(1)))
                .collectAsList();
        if (corrections.isEmpty()) {
            return Optional.empty();
        }
        FileVersions versions = versions(of, session);
        String first = corrections.stream()
                .flatMap(row -> versions.first(row.getString(0)).stream())
                .min(Comparator.naturalOrder())
                .map(UnitId::toString)
                .orElse("<the unit that took the file first>");
        String last = corrections.stream()
                .map(row -> row.get(1).toString())
                .max(Comparator.naturalOrder())
                .orElseThrow();
        return Optional.of(corrections.stream().mapToLong(row -> row.getLong(2)).sum() + " open records of "
                + of.name() + " correct what an append source took before (" + CORRECTS
                + "): a mended one with the same key is rejected again. To have what the files say now, run again what"
                + " took them: penstock run " + pipeline + " --stage ingest --again --from " + first + " --to " + last
                + "; where records are corrected, use mode = upsert");
    }

    private Optional<Dataset<Row>> rejected(SourceSpec of, DeltaTables tables) {
        Optional<Dataset<Row>> all = Stream.of(
                        Tables.quarantine(of.name()), Publication.refusedTable(Tables.quarantine(of.name())))
                .filter(tables::exists)
                .map(table -> tables.read(table)
                        .drop("_verdict", "_run_id")
                        .withColumn("refused", lit(!table.equals(Tables.quarantine(of.name())))))
                .reduce((one, next) -> one.unionByName(next, true));
        if (all.isEmpty()) {
            return Optional.empty();
        }
        Dataset<Row> rejects = all.get().withColumn("_at", coalesce(col("position"), lit(0L)));
        if (unit != null) {
            rejects = rejects.filter(col("unit").cast("string").equalTo(unit));
        }
        if (code != null) {
            rejects = rejects.filter(col("code").equalTo(code));
        }
        if (!tables.exists(Tables.replayed(of.name()))) {
            return Optional.of(rejects.withColumn("mended", lit(false))
                    .withColumn("_is_within", lit(false))
                    .withColumn("_of", col("_file_id")));
        }
        Dataset<Row> replayed = tables.read(Tables.replayed(of.name()));
        Dataset<Row> mended = replayed.select(
                        col("_file_id"), coalesce(col("position"), lit(0L)).as("_at"))
                .distinct()
                .withColumn("_mended", lit(true));
        return Optional.of(rejects.join(mended, sequence("_file_id", "_at"), "left")
                .withColumn("mended", coalesce(col("_mended"), lit(false)))
                .withColumnRenamed("path", "_origin")
                .join(Reprocessing.wholes(replayed).drop("_landed_in"), sequence("_origin"), "left")
                .withColumnRenamed("_origin", "path")
                .withColumn("_is_within", col("_of").isNotNull())
                .withColumn("_of", coalesce(col("_of"), col("_file_id"))));
    }

    private static Seq<String> sequence(String... names) {
        return JavaConverters.asScalaBuffer(List.of(names)).toSeq();
    }

    private static List<Group> groups(Dataset<Row> rejects) {
        Column mended = sum(when(col("mended"), 1L).otherwise(0L));
        Column overwritten = sum(when(col("overwritten"), 1L).otherwise(0L));
        Column open =
                sum(when(col("open").and(functions.not(col("refused"))), 1L).otherwise(0L));
        return rejects
                .groupBy("source", "unit", "code", "rule", "refused")
                .agg(count(lit(1)), mended, overwritten, open)
                .collectAsList()
                .stream()
                .map(row -> new Group(
                        row.getString(0),
                        row.get(1).toString(),
                        row.getBoolean(4),
                        row.getString(2),
                        row.getString(3),
                        row.getLong(5),
                        row.getLong(6),
                        row.getLong(7),
                        row.getLong(8)))
                .sorted(Comparator.comparing(Group::source)
                        .thenComparing(Group::unit)
                        .thenComparing(Group::code)
                        .thenComparing(Group::rule))
                .toList();
    }

    private List<List<String>> shown(Dataset<Row> open) {
        if (show == 0) {
            return List.of();
        }
        List<List<String>> rows = new ArrayList<>();
        for (Row row : open.orderBy("unit", "path", "_at")
                .limit(show)
                .select(
                        col("path"),
                        when(
                                        col("line")
                                                .equalTo(0)
                                                .and(col("position").isNotNull()),
                                        concat(lit("row "), col("position")))
                                .otherwise(col("line").cast("string"))
                                .as("line"),
                        col("code"),
                        col("reason"),
                        col("raw"))
                .collectAsList()) {
            List<String> cells = new ArrayList<>();
            for (int i = 0; i < row.size(); i++) {
                cells.add(row.isNullAt(i) ? "" : String.valueOf(row.get(i)));
            }
            rows.add(cells);
        }
        return rows;
    }

    /** One file per landed file: its open records under its header, or the whole of it where it was rejected as such. */
    private List<String> export(
            SourceSpec of,
            PipelineConfig config,
            Dataset<Row> open,
            Map<String, List<String>> copies,
            List<Path> written) {
        Repair mending =
                new Repair(Storage.configuration(config), config.locations().landing(), of);
        Path folder = export.resolve(of.name());
        List<String> notes = new ArrayList<>();
        Map<String, List<Row>> byFile = new LinkedHashMap<>();
        for (Row row : open.orderBy("path", "_at").collectAsList()) {
            byFile.computeIfAbsent(row.getAs("_file_id"), id -> new ArrayList<>())
                    .add(row);
        }
        byFile.forEach((fileId, rows) -> {
            String path = rows.get(0).getAs("path");
            boolean isWhole = rows.get(0).getAs("position") == null;
            if (!isWhole && mending.recordsName(fileId).isEmpty()) {
                notes.add("not written: records of " + path + ", a Parquet file; land them in a new one");
                return;
            }
            long cut =
                    rows.stream().filter(row -> Repair.isCut(row.getAs("raw"))).count();
            if (!isWhole && cut > 0) {
                notes.add("not written: " + cut + " records of " + path + " that are longer than quarantine keeps;"
                        + " mend them in a copy of that file and land it under a new name");
                rows.removeIf(row -> Repair.isCut(row.getAs("raw")));
            }
            if (rows.isEmpty()) {
                return;
            }
            Optional<Content> content = isWhole
                    ? Optional.<Content>of(target -> mending.copy(path, target))
                            .filter(copy -> mending.isUnchanged(path, fileId))
                    : records(mending, path, fileId, copies.getOrDefault(fileId, List.of()), rows)
                            .map(text -> target -> Files.write(target, text.getBytes(mending.encoding())));
            String name = isWhole
                    ? mending.nameOf(path, fileId)
                    : mending.recordsName(fileId).orElseThrow();
            content.ifPresentOrElse(
                    given -> {
                        write(folder.resolve(name), given);
                        written.add(folder.resolve(name));
                    },
                    () -> notes.add("not written: " + path
                            + " is gone or changed, so no one can say what stood above its records; where the next"
                            + " unit takes an overwritten file once more, they need not be mended"));
        });
        return notes;
    }

    private static Optional<String> records(
            Repair mending, String path, String fileId, List<String> copies, List<Row> rows) {
        Optional<String> header = mending.header(path, fileId, copies);
        return header.map(first -> {
            StringBuilder text = new StringBuilder(first).append(first.isEmpty() ? "" : "\n");
            rows.forEach(row -> text.append(mending.line(path, fileId, row.getAs("position"), row.getAs("raw")))
                    .append('\n'));
            return text.toString();
        });
    }

    /** What a file that is given out will hold. */
    private interface Content {
        void writeTo(Path target) throws IOException;
    }

    private static void write(Path file, Content content) {
        try {
            Files.createDirectories(file.getParent());
            content.writeTo(file);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot write " + file, e);
        }
    }

    private void tell(List<Group> groups, List<List<String>> shown, List<String> notes, List<Path> written) {
        long open = groups.stream().mapToLong(Group::open).sum();
        if (common.json) {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("open", open);
            document.put("groups", groups);
            document.put("shown", shown);
            document.put("notes", notes);
            System.out.println(Json.document(document));
            return;
        }
        System.out.print(
                TextTable.render(COLUMNS, groups.stream().map(Group::cells).toList()));
        if (!shown.isEmpty()) {
            System.out.println();
            System.out.print(TextTable.render(List.of("path", "line", "code", "reason", "raw"), shown));
        }
        notes.forEach(System.out::println);
        if (groups.stream().anyMatch(Group::refused)) {
            System.out.println(
                    "Of a refused unit nothing was taken: correct what landed, or the limits, and run it again");
        }
        if (open > 0 && export == null) {
            System.out.println(open + " open. To mend them: penstock quarantine " + pipeline
                    + " --export DIR, edit the files, then run --replay DIR with the next unit");
        } else if (export != null && written.isEmpty()) {
            System.out.println("Nothing was written to " + export + (open > 0 ? "" : ": nothing is open"));
        } else if (export != null) {
            System.out.println("Mend what lies in " + export + ", then: penstock run " + pipeline
                    + " --stage ingest --unit <the next unit> --replay " + export);
        }
    }
}
