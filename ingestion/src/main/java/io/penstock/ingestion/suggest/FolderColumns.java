package io.penstock.ingestion.suggest;

import io.penstock.ingestion.format.Samples;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Folders that say something of the files in them, as Hive and Spark write it: the landing, and columns, {@code region=eu}. */
final class FolderColumns {
    private static final Pattern STAMP = Pattern.compile("landed=\\d{8}T\\d{6}Z");
    private static final Pattern FOLDER = Pattern.compile("([^=/]+)=[^/]+");
    private static final Pattern IN_PATTERN = Pattern.compile("([a-z][a-z0-9_]*)=\\{\\1}");
    private static final String LANDED = "landed";
    /** Stands in the pattern of files that are landed. */
    static final String LANDINGS = "landed={landed}/";

    private FolderColumns() {}

    /** What alike folders have in common: {@code orders/region=eu/} is one of {@code orders/region={region}/}. */
    static String pattern(String folders) {
        String pattern = Stream.of(folders.split("/", -1))
                .map(folder -> alike(folder).equals(folder) ? literal(folder) : alike(folder))
                .collect(Collectors.joining("/"));
        return pattern.replaceFirst("^~", "?");
    }

    /** A name as a source's path may hold it: what would mean something else there is any one character. */
    static String literal(String name) {
        return name.replaceAll("[\\[\\]{}\\\\\\p{Cntrl}]", "?");
    }

    private static String alike(String folder) {
        Matcher matcher = FOLDER.matcher(folder);
        if (STAMP.matcher(folder).matches()) {
            return LANDINGS.replace("/", "");
        }
        boolean isColumn = matcher.matches()
                && Suggestion.Names.isColumn(matcher.group(1))
                && !matcher.group(1).equals(LANDED);
        return isColumn ? matcher.group(1) + "={" + matcher.group(1) + "}" : folder;
    }

    /** The columns of a pattern, the landing not among them. */
    static List<String> of(String pattern) {
        List<String> columns = new ArrayList<>();
        Matcher matcher = IN_PATTERN.matcher(pattern);
        while (matcher.find()) {
            if (!matcher.group(1).equals(LANDED)) {
                columns.add(matcher.group(1));
            }
        }
        return columns;
    }

    /** What the folders of a file say, column to text; empty where they say NULL. */
    static Map<String, String> values(String file) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String folder : file.substring(0, file.lastIndexOf('/') + 1).split("/")) {
            if (!alike(folder).equals(folder)) {
                int equals = folder.indexOf('=');
                values.put(folder.substring(0, equals), Samples.inFolder(folder.substring(equals + 1)));
            }
        }
        return values;
    }

    /** The part of a pattern before the first of them. */
    static String above(String pattern) {
        Matcher matcher = IN_PATTERN.matcher(pattern);
        return pattern.substring(0, matcher.find() ? matcher.start() : pattern.lastIndexOf('/') + 1);
    }

    /** Those folders of a path, or of a pattern, that say columns, each with its slash. */
    static String only(String folders) {
        return Stream.of(folders.split("/"))
                .filter(folder -> !of(alike(folder)).isEmpty())
                .map(folder -> folder + "/")
                .collect(Collectors.joining());
    }

    static boolean isFirst(String pattern) {
        return IN_PATTERN.matcher(pattern).lookingAt();
    }
}
