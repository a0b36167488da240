package io.penstock.core.delta;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.core.UnitId;
import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Files that attempts which died left in a table: data files that no commit names, and the beginnings of commits that were
 * never renamed. Nobody reads them; they take space.
 *
 * <p>It is for whoever has just committed to the table with the run's intent still open. Nobody else can be at work on the
 * units then, and whoever slept through all of it can commit to the table no more. A file that any commit of the log ever
 * named is kept, whatever became of it since: manifests pin old versions. Where the log does not begin with its first
 * commit any more that cannot be told, and nothing is deleted.
 *
 * <p>Cost: a listing of the units' folders; all commits are read only when a file is there that the present version lacks.
 */
final class Debris {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern TEMPORARY = Pattern.compile("\\.?\\.(\\d{20})\\.(?:json|crc)\\..*\\.tmp(?:\\.crc)?");

    private final FileSystem files;
    private final Path table;
    private final long version;

    Debris(FileSystem files, Path table, long version) {
        this.files = files;
        this.table = table;
        this.version = version;
    }

    /** @return how many data files were deleted */
    int sweep(List<UnitId> units, Set<String> live) throws IOException {
        List<FileStatus> found = new ArrayList<>();
        for (UnitId unit : units) {
            found.addAll(list(new Path(table, folder(unit))));
        }
        List<FileStatus> strange = found.stream()
                .filter(file -> file.isFile() && file.getPath().getName().endsWith(".parquet"))
                .filter(file -> !live.contains(relative(file)))
                .toList();
        int deleted = 0;
        if (!strange.isEmpty() && files.exists(commit(0))) {
            Set<String> named = named();
            for (FileStatus file : strange) {
                if (!named.contains(relative(file)) && files.delete(file.getPath(), false)) {
                    deleted++;
                }
            }
        }
        for (FileStatus file : list(new Path(table, "_delta_log"))) {
            Matcher temporary = TEMPORARY.matcher(file.getPath().getName());
            if (temporary.matches() && Long.parseLong(temporary.group(1)) <= version) {
                files.delete(file.getPath(), false);
            }
        }
        return deleted;
    }

    /** Where a unit's files are; a colon is written as Delta writes it. */
    static String folder(UnitId unit) {
        return "unit=" + unit.toString().replace(":", "%3A");
    }

    private List<FileStatus> list(Path folder) throws IOException {
        try {
            return Arrays.asList(files.listStatus(folder));
        } catch (FileNotFoundException e) {
            return List.of();
        }
    }

    private String relative(FileStatus file) {
        return file.getPath().getParent().getName() + "/" + file.getPath().getName();
    }

    /** A path as a log has it, decoded. */
    static String decoded(String path) {
        return URI.create(path).getPath();
    }

    private Set<String> named() throws IOException {
        Set<String> named = new HashSet<>();
        for (long one = 0; one <= version; one++) {
            try (FSDataInputStream in = files.open(commit(one));
                    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    JsonNode path = JSON.readTree(line).path("add").path("path");
                    if (!path.isMissingNode()) {
                        named.add(decoded(path.asText()));
                    }
                }
            }
        }
        return named;
    }

    private Path commit(long one) {
        return new Path(table, String.format(Locale.ROOT, "_delta_log/%020d.json", one));
    }
}
