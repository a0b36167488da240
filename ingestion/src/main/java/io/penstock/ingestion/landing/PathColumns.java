package io.penstock.ingestion.landing;

import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.contract.FileColumns;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Declared columns whose values are in the path of a file: in the names of its folders, as Hive and Spark write them, in the
 * values that a table's log adds, or in the name of a repaired file.
 */
public final class PathColumns implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final Pattern IN_PATH = Pattern.compile("\\{([a-z][a-z0-9_]*)}");
    /** What Hive and Spark call the folder of NULL. */
    private static final String NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__";

    private final FileColumns declared;
    private final String path;
    private final List<String> folders = new ArrayList<>();
    private final boolean isTable;

    public PathColumns(SourceSpec source) {
        this.declared = new FileColumns(source);
        this.path = regex(source.path());
        this.isTable = source.format() == SourceSpec.Format.DELTA;
    }

    /** A source's path as a regular expression whose groups are the columns in it. */
    private String regex(String pattern) {
        StringBuilder regex = new StringBuilder("(?s)(?:.*/)?");
        Matcher part = Pattern.compile(IN_PATH.pattern() + "|[*?]").matcher(pattern);
        int from = 0;
        while (part.find()) {
            regex.append(Pattern.quote(pattern.substring(from, part.start())));
            boolean isColumn = part.group(1) != null && declared.position(part.group(1)) != null;
            regex.append(isColumn ? "([^/]+)" : part.group().equals("?") ? "[^/]" : "[^/]*");
            if (isColumn) {
                folders.add(part.group(1));
            }
            from = part.end();
        }
        return regex.append(Pattern.quote(pattern.substring(from))).toString();
    }

    /** Values by position that stand in the path of a file, read as Hive and Spark write them. */
    public Map<Integer, String> of(String file) {
        Map<Integer, String> values = new LinkedHashMap<>();
        if (isTable) {
            TableFile.of(file).ifPresent(one -> partitions(one, values));
        }
        if (folders.isEmpty()) {
            return values;
        }
        Matcher matcher = Pattern.compile(path).matcher(file);
        for (int i = 0; matcher.matches() && i < folders.size(); i++) {
            values.put(declared.position(folders.get(i)), inFolder(matcher.group(i + 1)));
        }
        if (values.isEmpty()) {
            said(ReprocessingPath.foldersOf(file), values);
        }
        return values;
    }

    private void partitions(TableFile file, Map<Integer, String> values) {
        String own = file.file().substring(0, file.file().lastIndexOf('/') + 1);
        said(List.of((own + file.values()).split("/")), values);
    }

    /** Adds what folders, or what was made of them, say of declared columns. */
    private void said(List<String> parts, Map<Integer, String> values) {
        for (String part : parts) {
            int equals = part.indexOf('=');
            Integer position = equals < 0 ? null : declared.position(unescaped(part.substring(0, equals)));
            if (position != null) {
                values.put(position, inFolder(part.substring(equals + 1)));
            }
        }
    }

    /** A folder that {@link #of} understands. */
    static String folder(String column, String value) {
        return escaped(column) + "=" + (value == null || value.isEmpty() ? NULL_FOLDER : escaped(value));
    }

    private static String escaped(String text) {
        return Pattern.compile("[%/=\\x00-\\x1f]")
                .matcher(text)
                .replaceAll(match -> String.format("%%%02X", (int) match.group().charAt(0)));
    }

    public static String inFolder(String value) {
        return value.equals(NULL_FOLDER) ? "" : unescaped(value);
    }

    private static String unescaped(String value) {
        return Pattern.compile("%([0-9A-Fa-f]{2})")
                .matcher(value)
                .replaceAll(
                        match -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(match.group(1), 16))));
    }
}
