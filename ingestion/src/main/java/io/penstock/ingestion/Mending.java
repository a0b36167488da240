package io.penstock.ingestion;

import io.penstock.core.ExitCode;
import io.penstock.core.Hashes;
import io.penstock.core.LedgerEntry;
import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** What was rejected, given out to be mended, and landed again for {@link Replay}. */
public final class Mending {
    private static final int DIGITS = 8;

    private final Configuration hadoop;
    private final String landingRoot;
    private final PipelineConfig.Source source;

    public Mending(Configuration hadoop, String landingRoot, PipelineConfig.Source source) {
        this.hadoop = hadoop;
        this.landingRoot = landingRoot;
        this.source = source;
    }

    /**
     * The header of a file that replaces rejected records of a landed CSV file.
     *
     * @param path as quarantine has it
     * @return empty when the file is gone, or holds something else by now
     */
    public Optional<String> header(String path, String fileId) {
        return content(path, fileId)
                .map(bytes -> FileText.of(path, bytes, encoding()))
                .filter(file -> file.reject() == null)
                .flatMap(file -> {
                    CsvRecords records = new CsvRecords(file.text(), delimiter());
                    return records.next() ? Optional.of(Replay.COLUMN + delimiter() + records.raw()) : Optional.empty();
                });
    }

    /** What the source's files are written in. */
    public Charset encoding() {
        return Charset.forName(
                source.layout().flatMap(PipelineConfig.Layout::encoding).orElse("utf-8"));
    }

    private char delimiter() {
        return source.layout()
                .flatMap(PipelineConfig.Layout::delimiter)
                .orElse(",")
                .charAt(0);
    }

    /** The bytes of a landed file, if they are still those that were read. */
    public Optional<byte[]> content(String path, String fileId) {
        Path file = new Path(Landing.location(landingRoot, path));
        try (FSDataInputStream in = file.getFileSystem(hadoop).open(file)) {
            byte[] bytes = in.readAllBytes();
            return Optional.of(bytes)
                    .filter(read ->
                            LedgerEntry.fileId(path, Hashes.sha256(read)).equals(fileId));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    /** A rejected record as a line of a file that replaces it. */
    public String line(String fileId, long position, String raw) {
        String link = fileId + ":" + position;
        if (source.format() == PipelineConfig.Format.CSV) {
            return link + delimiter() + raw;
        }
        String bare = raw.strip();
        String named = "{\"" + Replay.COLUMN + "\":\"" + link + "\"";
        return bare.startsWith("{") && !bare.equals("{}") ? named + "," + bare.substring(1) : named + "} " + raw;
    }

    /**
     * Lands a mended file for the unit, which takes it with its other files: under its own name, or with some digits of its
     * hash where another file has that name.
     *
     * @return whether it was not there yet
     */
    public boolean land(java.nio.file.Path mended, Unit unit) {
        Path folder = new Path(new Path(landingRoot), Replay.folder(source.name(), LandedFile.stamp(unit.cut())));
        try {
            byte[] bytes = Files.readAllBytes(mended);
            FileSystem files = folder.getFileSystem(hadoop);
            String name = mended.getFileName().toString();
            for (String candidate : new String[] {name, other(name, Hashes.sha256(bytes))}) {
                Path target = new Path(folder, candidate);
                if (!files.exists(target)) {
                    put(files, target, bytes);
                    return true;
                }
                if (same(files, target, bytes)) {
                    return false;
                }
            }
            return false;
        } catch (IOException e) {
            throw new PenstockException(
                    "PEN-ING-041",
                    ExitCode.RETRY,
                    "Cannot land " + mended + ": " + e.getMessage(),
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

    private static boolean same(FileSystem files, Path path, byte[] bytes) throws IOException {
        try (InputStream in = files.open(path)) {
            return Arrays.equals(in.readAllBytes(), bytes);
        }
    }

    /** Under a name that ingestion passes over until it is whole. */
    private static void put(FileSystem files, Path target, byte[] bytes) throws IOException {
        Path half = new Path(target.getParent(), "." + target.getName() + ".tmp");
        try (OutputStream out = files.create(half, true)) {
            out.write(bytes);
        }
        if (!files.rename(half, target)) {
            throw new IOException("Cannot rename " + half);
        }
    }
}
