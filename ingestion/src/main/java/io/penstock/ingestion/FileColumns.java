package io.penstock.ingestion;

import io.penstock.core.config.ColumnSpec;
import io.penstock.core.config.LayoutSpec;
import io.penstock.core.config.LayoutSpec.MissingColumn;
import io.penstock.core.config.Nearest;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.NewColumn;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The columns that a source declares against those that a file has: which is which, by present and former names, and what
 * the policies say of a difference. Columns may also stand in the names of a file's folders.
 */
final class FileColumns implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final int MOST_COLUMNS = 2_000;
    private static final Pattern IN_PATH = Pattern.compile("\\{([a-z][a-z0-9_]*)}");
    /** What Hive and Spark call the folder of NULL. */
    private static final String NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__";

    private final List<String> names;
    private final Map<String, Integer> positions = new HashMap<>();
    private final Set<String> required = new HashSet<>();
    private final boolean isRejectingNew;
    private final boolean isLenient;
    private final String path;
    private final List<String> folders = new ArrayList<>();
    private final boolean isTable;

    /**
     * @param target of each of the file's columns, the declared column that it fills, or -1
     * @param fresh names that are not declared
     * @param reject null where the file may be read
     */
    record Mapping(int[] target, List<String> fresh, Reject reject) {}

    FileColumns(SourceSpec source) {
        this.names = List.copyOf(source.columns().keySet());
        this.isRejectingNew = source.onNewColumn() == NewColumn.REJECT;
        this.isLenient = source.layout().flatMap(LayoutSpec::missingColumn).orElse(MissingColumn.REJECT)
                == MissingColumn.AS_NULL;
        for (ColumnSpec column : source.columns().values()) {
            int position = names.indexOf(column.name());
            positions.put(column.name(), position);
            column.renamedFrom().forEach(old -> positions.put(old, position));
            if (column.required()) {
                required.add(column.name());
            }
        }
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
            boolean isColumn = part.group(1) != null && positions.containsKey(part.group(1));
            regex.append(isColumn ? "([^/]+)" : part.group().equals("?") ? "[^/]" : "[^/]*");
            if (isColumn) {
                folders.add(part.group(1));
            }
            from = part.end();
        }
        return regex.append(Pattern.quote(pattern.substring(from))).toString();
    }

    int size() {
        return names.size();
    }

    String name(int position) {
        return names.get(position);
    }

    /** The declared column of a name, a former one too; null when there is none. */
    Integer position(String name) {
        return positions.get(name);
    }

    /** Values by position that stand in the path of a file, read as Hive and Spark write them. */
    Map<Integer, String> inPath(String file) {
        Map<Integer, String> values = new LinkedHashMap<>();
        if (isTable) {
            TableFile.of(file).ifPresent(one -> partitions(one, values));
        }
        if (folders.isEmpty()) {
            return values;
        }
        Matcher matcher = Pattern.compile(path).matcher(file);
        for (int i = 0; matcher.matches() && i < folders.size(); i++) {
            values.put(positions.get(folders.get(i)), inFolder(matcher.group(i + 1)));
        }
        if (values.isEmpty()) {
            said(Replay.foldersOf(file), values);
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
            Integer position = equals < 0 ? null : positions.get(unescaped(part.substring(0, equals)));
            if (position != null) {
                values.put(position, inFolder(part.substring(equals + 1)));
            }
        }
    }

    /** A folder that {@link #inPath} understands. */
    static String folder(String column, String value) {
        return escaped(column) + "=" + (value == null || value.isEmpty() ? NULL_FOLDER : escaped(value));
    }

    private static String escaped(String text) {
        return Pattern.compile("[%/=\\x00-\\x1f]")
                .matcher(text)
                .replaceAll(match -> String.format("%%%02X", (int) match.group().charAt(0)));
    }

    static String inFolder(String value) {
        return value.equals(NULL_FOLDER) ? "" : unescaped(value);
    }

    private static String unescaped(String value) {
        return Pattern.compile("%([0-9A-Fa-f]{2})")
                .matcher(value)
                .replaceAll(
                        match -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(match.group(1), 16))));
    }

    /**
     * @param header names in the file, stripped; an empty one names nothing
     * @param missing code of a file that lacks a column or has it twice
     * @param fresh code of a file with columns that are not declared, where they are rejected
     */
    Mapping map(List<String> header, Set<Integer> inPath, String missing, String fresh) {
        if (header.size() > MOST_COLUMNS) {
            return rejected(
                    "PEN-ROW-030",
                    "column-count",
                    "The header has " + header.size() + " columns (at most " + MOST_COLUMNS + ")");
        }
        int[] target = new int[header.size()];
        Map<Integer, String> filled = new HashMap<>();
        Set<String> unknown = new LinkedHashSet<>();
        for (int i = 0; i < target.length; i++) {
            String name = header.get(i);
            target[i] = positions.getOrDefault(name, -1);
            String before = target[i] < 0 ? null : filled.putIfAbsent(target[i], name);
            boolean isTwice = before != null || target[i] < 0 && !name.isEmpty() && !unknown.add(name);
            if (isTwice) {
                return rejected(missing, "header", twice(name, before == null ? name : before, target[i]));
            }
        }
        List<String> lacking = names.stream()
                .filter(name -> !filled.containsKey(positions.get(name)) && !inPath.contains(positions.get(name)))
                .filter(name -> !isLenient || required.contains(name))
                .toList();
        if (!lacking.isEmpty()) {
            return rejected(missing, "header", lacks(lacking, header, unknown));
        }
        if (isRejectingNew && !unknown.isEmpty()) {
            return rejected(fresh, "on-new-column", undeclared(unknown));
        }
        return new Mapping(target, List.copyOf(unknown), null);
    }

    String twice(String name, String before, int position) {
        return before.equals(name)
                ? "The header names " + Reject.shown(name) + " twice"
                : "The file has both " + before + " and " + name + ", which are names of the column "
                        + names.get(position);
    }

    private static String lacks(List<String> lacking, List<String> header, Set<String> unknown) {
        StringBuilder told = new StringBuilder("The header lacks " + String.join(", ", lacking) + "; it has "
                + Reject.shown(String.join(", ", header)));
        for (String name : lacking) {
            String nearest = Nearest.of(name, unknown);
            if (!nearest.isEmpty()) {
                told.append("; if ")
                        .append(nearest)
                        .append(" is another name of ")
                        .append(name)
                        .append(", declare renamed-from = [")
                        .append(nearest)
                        .append("] there");
            }
        }
        return told.toString();
    }

    String undeclared(Set<String> unknown) {
        return "Columns that are not declared: "
                + Reject.shown(unknown.stream().sorted().collect(java.util.stream.Collectors.joining(", ")));
    }

    private static Mapping rejected(String code, String rule, String reason) {
        return new Mapping(new int[0], List.of(), new Reject(code, rule, reason));
    }
}
