package io.penstock.ingestion.contract;

import io.penstock.core.ErrorCode;
import io.penstock.core.config.ColumnSpec;
import io.penstock.core.config.LayoutSpec;
import io.penstock.core.config.LayoutSpec.MissingColumn;
import io.penstock.core.config.Nearest;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.NewColumn;
import java.io.Serializable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares the columns that a source declares with those of a file: which is which, by present and former names, and what the
 * source's policies say of a difference.
 */
public final class FileColumns implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final int MOST_COLUMNS = 2_000;

    private final List<String> names;
    private final Map<String, Integer> positions = new HashMap<>();
    private final Set<String> required = new HashSet<>();
    private final boolean isRejectingNew;
    private final boolean isLenient;

    /**
     * @param target of each of the file's columns, the declared column that it fills, or -1
     * @param fresh names that are not declared
     * @param reject null where the file may be read
     */
    public record Mapping(int[] target, List<String> fresh, Reject reject) {}

    public FileColumns(SourceSpec source) {
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
    }

    public int size() {
        return names.size();
    }

    public String name(int position) {
        return names.get(position);
    }

    /** The declared column of a name, a former one too; null when there is none. */
    public Integer position(String name) {
        return positions.get(name);
    }

    /**
     * @param header names in the file, stripped; an empty one names nothing
     * @param missing code of a file that lacks a column or has it twice
     * @param fresh code of a file with columns that are not declared, where they are rejected
     */
    public Mapping map(List<String> header, Set<Integer> inPath, String missing, String fresh) {
        if (header.size() > MOST_COLUMNS) {
            return rejected(
                    ErrorCode.TOO_MANY_COLUMNS.code(),
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

    public String twice(String name, String before, int position) {
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

    public String undeclared(Set<String> unknown) {
        return "Columns that are not declared: "
                + Reject.shown(unknown.stream().sorted().collect(java.util.stream.Collectors.joining(", ")));
    }

    private static Mapping rejected(String code, String rule, String reason) {
        return new Mapping(new int[0], List.of(), new Reject(code, rule, reason));
    }
}
