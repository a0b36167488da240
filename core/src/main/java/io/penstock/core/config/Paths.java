package io.penstock.core.config;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** What a path in a configuration may look like: nothing that leaves its folder or means something else to a shell. */
final class Paths {
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
                .ifPresent(reason -> section.report("PEN-CFG-014", key, "", quoted(location) + " " + reason));
        return location;
    }

    /** A source's path: relative to the landing folder, where {@code *} and {@code ?} match and the rest is literal. */
    static String checkSource(Section section, String key, String path, String landing) {
        String relative = path.startsWith(landing + "/") ? path.substring(landing.length() + 1) : path;
        Optional<String> reason = hostile(relative)
                .or(() -> relative(relative))
                .or(() -> glob(relative))
                .or(() -> versioned(relative));
        reason.ifPresent(r -> section.report("PEN-CFG-014", key, "", quoted(relative) + " " + r));
        boolean stamped = count(relative) == 1 && relative.matches("(.*/)?landed=\\{landed\\}/.+");
        if (reason.isEmpty() && !relative.isEmpty() && !stamped) {
            section.report(
                    "PEN-CFG-009",
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
        boolean climbs = java.util.Arrays.asList(path.split("[/\\\\]")).contains("..");
        return climbs ? Optional.of("holds .., which may leave the folder") : Optional.empty();
    }

    private static Optional<String> relative(String path) {
        boolean absolute = path.startsWith("/") || path.matches("[A-Za-z][A-Za-z0-9+.-]*:.*");
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

    static boolean overlap(String a, String b) {
        String one = folder(a);
        String two = folder(b);
        return !a.isEmpty() && !b.isEmpty() && (one.startsWith(two) || two.startsWith(one));
    }

    private static String folder(String location) {
        String plain =
                location.replaceFirst("^file:/+", "/").replaceAll("/+", "/").replaceAll("/\\.(?=/|$)", "");
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
