package io.penstock.ingestion.repair;

import io.penstock.core.ErrorCode;
import io.penstock.core.Hashes;
import io.penstock.core.LedgerEntry;
import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.config.LayoutSpec;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.format.CsvFormat;
import io.penstock.ingestion.format.FileText;
import io.penstock.ingestion.format.SourceFormat;
import io.penstock.ingestion.format.SourceFormats;
import io.penstock.ingestion.format.SplitPlan;
import io.penstock.ingestion.format.SplitPolicy;
import io.penstock.ingestion.format.TextSplitPlanner;
import io.penstock.ingestion.landing.Landing;
import io.penstock.ingestion.landing.LandingStamp;
import io.penstock.ingestion.landing.PathColumns;
import io.penstock.ingestion.landing.ReprocessingPath;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Gives rejected records and files out to be repaired, and lands the repaired files for {@link Reprocessing}. */
public final class Repair {
    private static final int DIGITS = 8;

    private final Configuration hadoop;
    private final String landingRoot;
    private final SourceSpec source;
    private final SourceFormat format;
    private final SplitPolicy policy;
    /** By path of a landed file, the columns that only its folders give, with their values. */
    private final Map<String, Map<String, String>> ofFolders = new HashMap<>();

    public Repair(Configuration hadoop, String landingRoot, SourceSpec source) {
        this(hadoop, landingRoot, source, SplitPolicy.USUAL);
    }

    Repair(Configuration hadoop, String landingRoot, SourceSpec source, SplitPolicy policy) {
        this.hadoop = hadoop;
        this.landingRoot = landingRoot;
        this.source = source;
        this.format = SourceFormats.of(source);
        this.policy = policy;
    }

    /** The name of a file of repaired records; empty where records of the source cannot be repaired one by one. */
    public Optional<String> recordsName(String fileId) {
        return format.recordsEnding().map(ending -> "rows-" + fileId + ending);
    }

    /**
     * What a file that replaces rejected records of a landed file begins with: a header, or nothing.
     *
     * @param path as quarantine has it
     * @param copies other files that may hold the same
     * @return empty when no file is there that holds what it held, so that its header is not known
     */
    public Optional<String> header(String path, String fileId, List<String> copies) {
        if (!(format instanceof CsvFormat csv)) {
            return Optional.of("");
        }
        return Stream.concat(Stream.of(path), copies.stream())
                .flatMap(there -> beginning(csv, there, path, fileId).stream())
                .findFirst()
                .flatMap(text -> {
                    Map<String, String> added = inFolders(path);
                    Optional<String> header = csv.repairHeader(Reprocessing.COLUMN, text, added);
                    ofFolders.put(path, added);
                    return header;
                });
    }

    /**
     * Text that begins with a landed file's header; of a file that is split, only the header.
     *
     * @param path where it lies
     * @param landed where it lay when it was taken
     */
    private Optional<String> beginning(CsvFormat csv, String path, String landed, String fileId) {
        try {
            Optional<SplitPlan> plan = plan(csv, path);
            if (plan.isPresent()) {
                return plan.filter(read -> read.reject() == null
                                && isOf(landed, read.whole().sha256(), fileId))
                        .map(read -> read.whole().header());
            }
            try (FSDataInputStream in = open(path)) {
                byte[] bytes = in.readNBytes((int) FileText.LARGEST);
                return Optional.of(FileText.of(path, bytes, encoding()))
                        .filter(text -> text.reject() == null && isOf(landed, Hashes.sha256(bytes), fileId))
                        .map(FileText::text);
            }
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    /** The plan of a file that was read in splits. */
    private Optional<SplitPlan> plan(CsvFormat csv, String path) throws IOException {
        Path file = new Path(Landing.location(landingRoot, path));
        long bytes = file.getFileSystem(hadoop).getFileStatus(file).getLen();
        if (!policy.maySplit(format, path, bytes)) {
            return Optional.empty();
        }
        try (FSDataInputStream in = open(path)) {
            return Optional.of(TextSplitPlanner.of(in, path, bytes, csv, policy))
                    .filter(plan -> !plan.isUnsplit());
        }
    }

    private FSDataInputStream open(String path) throws IOException {
        Path file = new Path(Landing.location(landingRoot, path));
        return Landing.opened(file.getFileSystem(hadoop), file);
    }

    private static boolean isOf(String path, String sha256, String fileId) {
        return LedgerEntry.fileId(path, sha256).equals(fileId);
    }

    /** What the source's files are written in. */
    public Charset encoding() {
        return Charset.forName(source.layout().flatMap(LayoutSpec::encoding).orElse("utf-8"));
    }

    /** Whether a landed file can be read and still holds what was read of it. */
    public boolean isUnchanged(String path, String fileId) {
        try (FSDataInputStream in = open(path)) {
            return isOf(path, Hashes.sha256(in), fileId);
        } catch (IOException gone) {
            return false;
        }
    }

    /** The name under which a mended copy of a landed file replaces it. */
    public String nameOf(String path, String fileId) {
        return ReprocessingPath.name(fileId, inFolders(path), path.substring(path.lastIndexOf('/') + 1));
    }

    /** Copies a landed file, of any size. */
    public void copy(String path, java.nio.file.Path target) throws IOException {
        try (FSDataInputStream in = open(path)) {
            Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Columns that the folders of a landed file give. The repaired file lands elsewhere, so it must give them itself. */
    private Map<String, String> inFolders(String path) {
        List<String> names = List.copyOf(source.columns().keySet());
        Map<String, String> columns = new LinkedHashMap<>();
        new PathColumns(source).of(path).forEach((column, value) -> columns.put(names.get(column), value));
        return columns;
    }

    /** Whether quarantine keeps no more than the beginning of a record. */
    public static boolean isCut(String raw) {
        return raw != null && raw.length() >= SourceFormat.LONGEST_RAW;
    }

    /** A rejected record of a landed file as a line of a file that replaces it, below its {@link #header}. */
    public String line(String path, String fileId, long position, String raw) {
        String link = fileId + ":" + position;
        return format.repairLine(Reprocessing.COLUMN, link, ofFolders.getOrDefault(path, inFolders(path)), raw);
    }

    /**
     * Lands a repaired file for the unit, which takes it with its other files. If another file has its name, digits of its
     * hash are added.
     *
     * @return whether it was not there yet
     */
    public boolean land(java.nio.file.Path repaired, Unit unit) {
        Path folder =
                new Path(new Path(landingRoot), ReprocessingPath.folder(source.name(), LandingStamp.of(unit.cut())));
        try {
            String sha256 = sha256(Files.newInputStream(repaired));
            FileSystem files = folder.getFileSystem(hadoop);
            String name = repaired.getFileName().toString();
            for (String candidate : new String[] {name, other(name, sha256)}) {
                Path target = new Path(folder, candidate);
                if (!files.exists(target)) {
                    put(files, target, repaired);
                    return true;
                }
                if (sha256(files.open(target)).equals(sha256)) {
                    return false;
                }
            }
            return false;
        } catch (IOException e) {
            throw new PenstockException(
                    ErrorCode.REPAIRED_FILE_NOT_LANDED,
                    "Cannot land " + repaired + ": " + e.getMessage(),
                    folder.toString(),
                    "Check that the file can be read and the landing folder written, then run again",
                    e);
        }
    }

    private static String other(String name, String sha256) {
        int dot = name.indexOf('.', name.startsWith(".") ? 1 : 0);
        String digits = "-" + sha256.substring(0, DIGITS);
        return dot < 0 ? name + digits : name.substring(0, dot) + digits + name.substring(dot);
    }

    private static String sha256(InputStream opened) throws IOException {
        try (InputStream in = opened) {
            return Hashes.sha256(in);
        }
    }

    /** Under a name that ingestion passes over until it is whole. */
    private static void put(FileSystem files, Path target, java.nio.file.Path repaired) throws IOException {
        Path half = new Path(target.getParent(), "." + target.getName() + ".tmp");
        try (OutputStream out = files.create(half, true)) {
            Files.copy(repaired, out);
        }
        if (!files.rename(half, target)) {
            throw new IOException("Cannot rename " + half);
        }
    }
}
