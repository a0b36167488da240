package io.penstock.core.config;

import io.penstock.core.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a path in a configuration may look like: nothing that leaves its folder or means something else to a shell. */
final class Paths {
    private static final String ADDRESS = "[A-Za-z][A-Za-z0-9+.-]*:.*";
    private static final int MOST_LINKS = 40;
    static final String NO_FOLDER = ErrorCode.LOCATION_IS_NO_FOLDER.code();
    static final String LANDED = "{landed}";
    private static final Pattern COLUMN = Pattern.compile("\\{([a-z][a-z0-9_]*)}");

    private Paths() {}

    /** A location: a folder or an address, taken literally. */
    static String checkLocation(Section section, String key, String location) {
        Optional<String> pattern = location.chars().anyMatch(c -> "*?[]{}\\".indexOf(c) >= 0)
                ? Optional.of("holds one of * ? [ ] { } \\, which readers of files take for a pattern")
                : Optional.empty();
        hostile(location)
                .or(() -> pattern)
                .ifPresent(reason -> section.report(ErrorCode.INVALID_PATH, key, "", quoted(location) + " " + reason));
        return location;
    }

    /** A source's path: relative to the landing folder, where {@code *} and {@code ?} match and the rest is literal. */
    static String checkSource(Section section, String key, String path, List<String> landings) {
        String relative = landings.stream()
                .filter(landing -> path.startsWith(landing + "/"))
                .findFirst()
                .map(landing -> path.substring(landing.length() + 1))
                .orElse(path);
        Optional<String> reason = hostile(relative)
                .or(() -> relative(relative))
                .or(() -> glob(relative))
                .or(() -> versioned(relative));
        reason.ifPresent(r -> section.report(ErrorCode.INVALID_PATH, key, "", quoted(relative) + " " + r));
        boolean stamped = count(relative) == 1 && relative.matches("(.*/)?landed=\\{landed\\}/.+");
        if (reason.isEmpty() && !relative.isEmpty() && !stamped) {
            section.report(
                    ErrorCode.PATH_WITHOUT_LANDING_TIME,
                    key,
                    "",
                    quoted(relative) + " must hold the folder landed={landed} once, which tells when its files landed");
        }
        return relative;
    }

    /** The columns whose values stand in a source's path, {@code {landed}} not among them. */
    static List<String> columns(String path) {
        return COLUMN.matcher(path)
                .results()
                .map(match -> match.group(1))
                .filter(name -> !LANDED.equals("{" + name + "}"))
                .toList();
    }

    private static Optional<String> hostile(String path) {
        if (path.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            return Optional.of("holds a control character (line end, tab or NUL)");
        }
        if (path.startsWith("~")) {
            return Optional.of("begins with ~, which no file system expands: write the folder out");
        }
        boolean climbs = Arrays.asList(path.split("[/\\\\]")).contains("..");
        return climbs ? Optional.of("holds .., which may leave the folder") : Optional.empty();
    }

    private static Optional<String> relative(String path) {
        boolean absolute = path.startsWith("/") || path.matches(ADDRESS);
        return absolute
                ? Optional.of("is absolute; a source's path is relative to penstock.landing")
                : Optional.empty();
    }

    private static Optional<String> glob(String path) {
        boolean odd = COLUMN.matcher(path).replaceAll("").chars().anyMatch(c -> "[]{}\\".indexOf(c) >= 0);
        return odd
                ? Optional.of("holds one of [ ] { } \\; only * and ? match, {landed} stands for the stamp and"
                        + " {column} for the value of a declared column")
                : Optional.empty();
    }

    private static Optional<String> versioned(String path) {
        return ("/" + path).contains("/_version=")
                ? Optional.of("holds a folder _version=, by which versions of Delta tables are told")
                : Optional.empty();
    }

    private static int count(String path) {
        return (path.length() - path.replace(LANDED, "").length()) / LANDED.length();
    }

    /** A path as it is meant: a relative one lies below the folder. */
    static String below(String folder, String path) {
        return relative(path).isPresent() ? path : folder + "/" + path;
    }

    /** A location as it is meant from any folder: a relative one lies below the folder that Penstock was started in. */
    static String absolute(String location) {
        if (location.isEmpty() || relative(location).isPresent()) {
            return location;
        }
        try {
            return Path.of(location).toAbsolutePath().normalize().toString();
        } catch (InvalidPathException hostile) {
            return location;
        }
    }

    /** The folders of a source's path above the first that is a pattern. */
    static String literal(String path) {
        return Arrays.stream(path.split("/"))
                .takeWhile(part -> part.chars().noneMatch(c -> "*?{".indexOf(c) >= 0))
                .collect(Collectors.joining("/"));
    }

    /** Why a local location cannot be a folder, as it is now; empty where it is one, or is not there yet. */
    static Optional<String> unusable(String location) {
        String plain = local(location);
        if (plain.isBlank() || plain.matches(ADDRESS)) {
            return Optional.empty();
        }
        try {
            for (Path path = Path.of(plain).toAbsolutePath().normalize(); path != null; path = path.getParent()) {
                if (isLoop(path)) {
                    return Optional.of("leads to " + quoted(path.toString())
                            + ", a symbolic link that leads to itself: point the link to a folder");
                }
                if (Files.exists(path)) {
                    return Files.isDirectory(path)
                            ? Optional.empty()
                            : Optional.of("leads to " + quoted(path.toString()) + ", which is a file: name a folder");
                }
            }
        } catch (InvalidPathException | SecurityException unreadable) {
            // Told by whoever reads it
            return Optional.empty();
        }
        return Optional.empty();
    }

    private static boolean isLoop(Path path) {
        Path at = path;
        for (int links = 0; Files.isSymbolicLink(at); links++) {
            if (links > MOST_LINKS) {
                return true;
            }
            try {
                at = at.resolveSibling(Files.readSymbolicLink(at)).normalize();
            } catch (IOException unreadable) {
                return false;
            }
        }
        return false;
    }

    /** Whether one holds the other, by their names or by where links lead. */
    static boolean overlap(String a, String b) {
        return !a.isEmpty()
                && !b.isEmpty()
                && (isWithin(folder(a), folder(b)) || isWithin(folder(real(a)), folder(real(b))));
    }

    /** Whether both are one folder, by their names or by where links lead. */
    static boolean isSame(String a, String b) {
        return address(a).equals(address(b)) || address(real(a)).equals(address(real(b)));
    }

    /** One store has several names of its protocol. */
    private static String address(String location) {
        return folder(location).replaceFirst("^s3[an]:", "s3:");
    }

    /** A source's path with the folders above its first pattern where links lead. */
    static String followed(String landing, String path) {
        String literal = literal(path);
        return literal.isEmpty() ? path : real(landing + "/" + literal) + path.substring(literal.length());
    }

    private static boolean isWithin(String one, String two) {
        return one.startsWith(two) || two.startsWith(one);
    }

    /** Where a local folder lies once its links are followed, whether it is there yet or not. */
    private static String real(String location) {
        String plain = local(location);
        try {
            return plain.matches(ADDRESS)
                    ? location
                    : real(Path.of(plain).toAbsolutePath().normalize(), MOST_LINKS)
                            .toString();
        } catch (IOException | SecurityException | InvalidPathException unreadable) {
            return location;
        }
    }

    private static Path real(Path path, int links) throws IOException {
        if (Files.exists(path)) {
            return path.toRealPath();
        }
        if (Files.isSymbolicLink(path) && links > 0) {
            return real(path.resolveSibling(Files.readSymbolicLink(path)).normalize(), links - 1);
        }
        Path parent = path.getParent();
        return parent == null ? path : real(parent, links).resolve(path.getFileName());
    }

    private static String local(String location) {
        return location.replaceFirst("^file:/+", "/");
    }

    private static String folder(String location) {
        String plain = local(location).replaceAll("/+", "/").replaceAll("/\\.(?=/|$)", "");
        return plain.endsWith("/") ? plain : plain + "/";
    }

    private static String quoted(String path) {
        StringBuilder shown = new StringBuilder("\"");
        Secrets.mask("", path)
                .chars()
                .forEach(c -> shown.append(
                        c < ' ' || c == 0x7f ? String.format(Locale.ROOT, "\\u%04x", c) : String.valueOf((char) c)));
        return shown.append('"').toString();
    }
}
