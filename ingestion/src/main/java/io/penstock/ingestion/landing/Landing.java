package io.penstock.ingestion.landing;

import io.penstock.core.Clock;
import io.penstock.core.ErrorCode;
import io.penstock.core.Hashes;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Schedule;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.storage.StorageErrors;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.AccessControlException;

/**
 * Lists what landed for a source. The pattern is walked folder by folder instead of being given to Hadoop's glob, so that names
 * which look like patterns are taken literally, and what was passed over can be reported.
 */
public final class Landing {
    /** Codes of the notices that a folder is missing or holds no file. */
    public static final Set<String> NOTHING =
            Set.of(ErrorCode.NOTHING_LANDED.code(), ErrorCode.FEWER_FILES_THAN_DECLARED.code());

    /** Code of the notice that a file was written in the future, which is taken all the same. */
    public static final String IN_THE_FUTURE = ErrorCode.FILE_FROM_FUTURE.code();

    /** What Spark and Hadoop leave beside the files that they wrote. */
    private static final String WRITTEN = "_SUCCESS";

    private static final String STAMP = "{landed}";
    /** Replaces bytes of a name that cannot be decoded. */
    private static final char UNDECODABLE = '\uFFFD';

    static final Duration CLOCKS_DIFFER = Duration.ofMinutes(10);
    private static final Pattern MAGIC = Pattern.compile("[*?{]");
    /** A column whose value stands in the folder's name; alternatives, {@code {a,b}}, hold a comma. */
    private static final Pattern COLUMN = Pattern.compile("\\{[a-z][a-z0-9_]*}");

    private final FileSystem files;
    private final String root;
    private final SourceSpec source;
    private final Instant now = Clock.system().now();
    private Path base;
    private final List<LandedFile> found = new ArrayList<>();
    private final List<Notice> notices = new ArrayList<>();
    private final List<String> unmatchedPaths = new ArrayList<>();
    private final List<String> unchanged = new ArrayList<>();
    private final LedgerLookup known;

    /**
     * @param files in order of landing, then path
     * @param unmatchedPaths paths of files and folders that the pattern leads past, without those of other sources
     * @param unchanged paths of files that lie there too and are as they were when they were taken
     */
    public record Discovery(
            List<LandedFile> files, List<Notice> notices, List<String> unmatchedPaths, List<String> unchanged) {}

    private Landing(FileSystem files, String root, SourceSpec source, LedgerLookup known) {
        this.files = files;
        this.root = root;
        this.source = source;
        this.known = known;
    }

    /**
     * What lies there for a source, without opening a file: in its landing folders, or in the versions of a Delta table.
     *
     * @param known of the source: what it settles is not among the files; by it a table's versions are known that were taken
     * @param until a table's versions that land later are left alone
     * @throws PenstockException as {@link #discover(Configuration, String, SourceSpec)}; {@code PEN-ING-043} to
     *     {@code PEN-ING-045} for a table that cannot be taken by version
     */
    public static Discovery discover(
            Configuration hadoop,
            String landingRoot,
            SourceSpec source,
            LedgerLookup known,
            Schedule schedule,
            Instant until) {
        return source.format() == SourceSpec.Format.DELTA
                ? TableLanding.discover(hadoop, landingRoot, source, known.ledger(), schedule, until)
                : discover(hadoop, landingRoot, source, known);
    }

    /**
     * Lists the source's files without opening one.
     *
     * @throws PenstockException {@code PEN-ING-001} when the source's folder does not exist (a notice with {@code
     *     allow-empty}), {@code PEN-ING-029} when the file system does not answer
     */
    public static Discovery discover(Configuration hadoop, String landingRoot, SourceSpec source) {
        return discover(hadoop, landingRoot, source, LedgerLookup.ofAllFiles(List.of()));
    }

    private static Discovery discover(Configuration hadoop, String landingRoot, SourceSpec source, LedgerLookup known) {
        Path rootPath = new Path(landingRoot);
        boolean isAbsolute = source.path().startsWith("/") || source.path().contains("://");
        String pattern = isAbsolute ? source.path() : rootPath + "/" + source.path();
        List<String> parts = List.of(pattern.split("/"));
        int literal = 0;
        while (literal < parts.size() - 1 && !MAGIC.matcher(parts.get(literal)).find()) {
            literal++;
        }
        String base = String.join("/", parts.subList(0, literal));
        try {
            Path folder = new Path(base.isEmpty() ? "/" : base);
            FileSystem files = folder.getFileSystem(hadoop);
            Landing landing = new Landing(
                    files, files.makeQualified(rootPath).toUri().getPath().replaceAll("/+$", ""), source, known);
            landing.base = files.makeQualified(rootPath);
            landing.start(folder, parts.subList(literal, parts.size()));
            landing.found.sort(null);
            return new Discovery(
                    List.copyOf(landing.found),
                    List.copyOf(landing.notices),
                    List.copyOf(landing.unmatchedPaths),
                    List.copyOf(landing.unchanged));
        } catch (IOException e) {
            throw StorageErrors.of(e, "source " + source.name() + ", " + pattern)
                    .orElseGet(() -> new PenstockException(
                            ErrorCode.LANDING_NOT_LISTED,
                            "Cannot list " + pattern + ": " + e.getMessage(),
                            "source " + source.name(),
                            "Check that the landing folder can be reached, then run again",
                            e));
        }
    }

    /**
     * Files and folders that no source's pattern matches.
     *
     * @param discovered by source
     */
    public static Map<String, List<String>> unmatched(Map<SourceSpec, Discovery> discovered) {
        if (discovered.values().stream()
                .allMatch(discovery -> discovery.unmatchedPaths().isEmpty())) {
            return Map.of();
        }
        TreeSet<String> looked = new TreeSet<>();
        discovered.forEach((source, discovery) -> {
            discovery.files().forEach(file -> looked.add(file.path()));
            looked.addAll(discovery.unchanged());
            discovery.notices().forEach(notice -> looked.add(notice.where()));
            looked.add(source.path());
        });
        looked.add(ReprocessingPath.FOLDER);
        Map<String, List<String>> unmatched = new TreeMap<>();
        discovered.forEach((source, discovery) -> {
            List<String> paths = discovery.unmatchedPaths().stream()
                    .filter(path -> !looked.contains(path) && !isBelow(path + "/", looked.ceiling(path + "/")))
                    .sorted()
                    .toList();
            if (!paths.isEmpty()) {
                unmatched.put(source.name(), paths);
            }
        });
        return unmatched;
    }

    private static boolean isBelow(String folder, String path) {
        return path != null && path.startsWith(folder);
    }

    /**
     * The hash that a run which takes the file now will find; that of nothing when it is gone or may not be read, as the
     * run will find it too.
     */
    public static String sha256(Configuration hadoop, String landingRoot, Pin.FilePin file) {
        MessageDigest digest = Hashes.digest();
        Path path = new Path(location(landingRoot, file.path()));
        try (FSDataInputStream in = opened(path.getFileSystem(hadoop), path)) {
            byte[] buffer = new byte[1 << 16];
            long left = file.bytes() + 1; // no more than a run looks at
            for (int n = in.read(buffer, 0, (int) Math.min(left, buffer.length)); n > 0; ) {
                digest.update(buffer, 0, n);
                left -= n;
                n = in.read(buffer, 0, (int) Math.min(left, buffer.length));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (FileNotFoundException | AccessControlException e) {
            return Hashes.sha256("");
        } catch (IOException e) {
            throw StorageErrors.of(e, "source " + file.source() + ", " + file.path())
                    .orElseGet(() -> new PenstockException(
                            ErrorCode.LANDING_NOT_LISTED,
                            "Cannot read " + file.path() + ": " + e.getMessage(),
                            "source " + file.source(),
                            "Check that the landing folder can be reached, then run again",
                            e));
        }
    }

    /** Whether a file is there whose path is as pins have it, whatever it holds; one that cannot be asked for counts as there. */
    public static boolean exists(Configuration hadoop, String landingRoot, String path) {
        Path file = new Path(location(landingRoot, path));
        try {
            return file.getFileSystem(hadoop).exists(file);
        } catch (IOException unknown) {
            return true;
        }
    }

    /** Hadoop cannot name the checksum of a local file with a colon in its name; such a one is read without. */
    public static FSDataInputStream opened(FileSystem files, Path path) throws IOException {
        boolean isRaw = files instanceof ChecksumFileSystem && path.getName().contains(":");
        return (isRaw ? ((ChecksumFileSystem) files).getRawFileSystem() : files).open(path);
    }

    /** Where a file lies whose path is as pins have it. */
    public static String location(String landingRoot, String path) {
        String place = TableFile.of(path).map(TableFile::location).orElse(path);
        boolean isAbsolute = place.startsWith("/") || place.contains(":/");
        return isAbsolute ? place : new Path(landingRoot) + "/" + place;
    }

    private void start(Path base, List<String> parts) throws IOException {
        try {
            walk(base, parts, null);
        } catch (FileNotFoundException e) {
            if (!source.allowEmpty()) {
                throw new PenstockException(
                        ErrorCode.NOTHING_LANDED,
                        "Cannot find the landing folder " + base,
                        "source " + source.name(),
                        "Let files land there, correct the source's path, or set allow-empty = true");
            }
            notices.add(new Notice(
                    ErrorCode.NOTHING_LANDED.code(), source.name(), "The landing folder " + base + " does not exist"));
            return;
        }
        if (found.isEmpty() && unchanged.isEmpty()) {
            notices.add(new Notice(
                    ErrorCode.FEWER_FILES_THAN_DECLARED.code(), source.name(), "No file matches " + source.path()));
        }
    }

    private void walk(Path folder, List<String> parts, Instant landed) throws IOException {
        String part = parts.get(0);
        boolean last = parts.size() == 1;
        Pattern names = names(part);
        boolean stamped = part.contains(STAMP);
        String in = relative(folder);
        for (Folder.Entry entry : Folder.list(files, folder, base, source.name())) {
            String name = entry.name();
            String path = in.isEmpty() ? name : in + "/" + name;
            if (name.indexOf(UNDECODABLE) >= 0) {
                passOver(path, "its name is no text here, in the encoding of this machine");
                continue;
            }
            if (name.equals(WRITTEN) && !entry.isFolder() && entry.bytes() == 0) {
                continue; // says of a folder that all its files are there, and nothing else
            }
            if (name.startsWith("_") || name.startsWith(".") || name.endsWith(".tmp") || name.endsWith(".crc")) {
                passOver(path, "its name marks it as hidden or unfinished");
                continue;
            }
            Matcher matcher = names.matcher(name);
            if (last == entry.isFolder() || !matcher.matches()) {
                unmatchedPaths.add(path);
                continue;
            }
            Instant at = landed;
            if (stamped) {
                Optional<Instant> stamp = LandingStamp.parse(matcher.group(1));
                if (stamp.isEmpty()) {
                    passOver(path, "its landing stamp is not like 20131225T060000Z");
                    continue;
                }
                at = stamp.get();
            }
            if (!last) {
                walk(Folder.child(folder, name), parts.subList(1, parts.size()), at);
            } else if (at == null) {
                passOver(path, "nothing in its path says when it landed");
            } else if (entry.isSpecial()) {
                passOver(path, "it is a pipe, a socket or a device, no file");
            } else {
                lands(path, entry, at);
            }
        }
    }

    private void lands(String path, Folder.Entry entry, Instant landed) {
        Instant modified = Instant.ofEpochMilli(entry.modified());
        noteIfInTheFuture(path, modified);
        known.unchanged(path, entry.bytes(), entry.modified())
                .ifPresentOrElse(
                        before -> unchanged.add(before.path()),
                        () -> found.add(new LandedFile(source.name(), path, entry.bytes(), modified, landed)));
    }

    private void noteIfInTheFuture(String path, Instant modified) {
        if (modified.isAfter(now.plus(CLOCKS_DIFFER))) {
            notices.add(
                    new Notice(IN_THE_FUTURE, path, "Written in the future, at " + modified + ": a clock is wrong"));
        }
    }

    private void passOver(String path, String why) {
        notices.add(new Notice(ErrorCode.FILE_PASSED_OVER.code(), path, "Passed over: " + why));
    }

    private String relative(Path path) {
        String whole = path.toUri().getPath();
        if (whole.equals(root)) {
            return "";
        }
        return whole.startsWith(root + "/") ? whole.substring(root.length() + 1) : path.toString();
    }

    /** A path component as a pattern; the landing stamp is group 1. */
    private static Pattern names(String part) {
        StringBuilder regex = new StringBuilder();
        boolean isIn = false;
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if (part.startsWith(STAMP, i)) {
                regex.append("(.+?)");
                i += STAMP.length() - 1;
            } else if (COLUMN.matcher(part).region(i, part.length()).lookingAt()) {
                regex.append(".+?");
                i = part.indexOf('}', i);
            } else if (c == '*') {
                regex.append(".*");
            } else if (c == '?') {
                regex.append('.');
            } else if (c == '{' && part.indexOf('}', i) > i) {
                regex.append("(?:");
                isIn = true;
            } else if (c == '}' && isIn) {
                regex.append(')');
                isIn = false;
            } else if (c == ',' && isIn) {
                regex.append('|');
            } else {
                regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }
}
