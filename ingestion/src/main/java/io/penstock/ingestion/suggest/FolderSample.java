package io.penstock.ingestion.suggest;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.format.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files of a folder, by the source that they seem to belong to, and the start of some of each. */
final class FolderSample {
    private static final Pattern SUFFIX = Pattern.compile("(\\.[A-Za-z]+(\\.gz)?)$");
    private static final Pattern VARYING = Pattern.compile("[0-9]+([-_T.:]?[0-9]+)*Z?|[0-9a-f]{8,}(-[0-9a-f]{4,})*");
    private static final int MOST_STEMS = 20;
    private static final int MOST_ROWS = 100_000;

    private FolderSample() {}

    /** A record, its file relative to the folder, and the line that it starts on. */
    record Row(String[] texts, String file, long line) {}

    /**
     * @param path pattern relative to the folder
     * @param stem what the names of its files begin with, up to what varies
     * @param first of its files, relative to the folder
     * @param files all of them, in the order of their names
     * @param headless a value of the first line, where it looks like a row of a file without a header
     * @param types of columns whose files know them; empty for one that cannot be declared
     * @param landings records by landing, or by file where the folders tell none
     */
    record Group(
            String path,
            String stem,
            String first,
            int files,
            long bytes,
            int sampled,
            boolean isWhole,
            Samples.Style style,
            Optional<String> headless,
            Set<String> columns,
            Map<String, String> types,
            Map<String, List<Row>> landings,
            long rejected,
            Set<String> troubles) {
        List<Row> rows() {
            return landings.values().stream().flatMap(List::stream).toList();
        }
    }

    /** @param tables folders of Delta tables, whose files are no source's */
    record Found(List<Group> groups, List<Path> tables) {}

    /**
     * @param mostFiles to open of each source, spread over their names
     * @param mostBytes to read of each, unpacked
     */
    static Found of(Path folder, int mostFiles, int mostBytes) {
        try {
            Map<String, Map<String, List<Path>>> stems = new TreeMap<>();
            Listing listing = Listing.of(folder);
            for (Path file : listing.files()) {
                String path = relative(folder, file);
                int slash = path.lastIndexOf('/') + 1;
                String parent = FolderColumns.pattern(path.substring(0, slash));
                stems.computeIfAbsent(parent, p -> new TreeMap<>())
                        .computeIfAbsent(stem(path.substring(slash)), s -> new ArrayList<>())
                        .add(file);
            }
            List<Group> groups = new ArrayList<>();
            for (Map.Entry<String, Map<String, List<Path>>> parent : stems.entrySet()) {
                groups.addAll(merged(folder, parent.getKey(), parent.getValue(), mostFiles, mostBytes));
            }
            return new Found(groups, listing.tables());
        } catch (IOException e) {
            throw new PenstockException(
                    ErrorCode.SOURCE_FOLDER_UNREADABLE,
                    "Cannot read the folder: " + e.getClass().getSimpleName(),
                    folder.toString(),
                    "Name a folder that you may read",
                    e);
        }
    }

    private static String relative(Path folder, Path file) {
        return folder.relativize(file).toString().replace('\\', '/');
    }

    /** A name with what varies from file to file as a star. */
    private static String stem(String name) {
        String suffix = suffix(name);
        String start = name.substring(0, name.length() - suffix.length());
        return FolderColumns.literal(VARYING.matcher(start).replaceAll("*") + suffix)
                .replaceAll("\\*+", "*");
    }

    /** Files of one folder that have nearly the same columns are one source, whatever their names. */
    private static List<Group> merged(
            Path folder, String parent, Map<String, List<Path>> stems, int mostFiles, int mostBytes)
            throws IOException {
        List<SchemaSimilarity> all = stems.size() == 1 || stems.size() > MOST_STEMS
                ? List.of(SchemaSimilarity.ofAll(stems))
                : SchemaSimilarity.of(stems, mostBytes);
        List<Group> groups = new ArrayList<>();
        List<SchemaSimilarity> told = new ArrayList<>();
        for (SchemaSimilarity kin : all) {
            Optional<SchemaSimilarity> other =
                    told.stream().filter(kin::isMistakenFor).findFirst();
            if (other.isPresent() && parent.contains(FolderColumns.LANDINGS)) {
                groups.add(passedOver(folder, kin.files(), parent + other.get().name()));
                continue;
            }
            told.add(kin);
            groups.add(group(folder, parent + kin.name(), kin.beginning(), kin.files(), mostFiles, mostBytes));
        }
        groups.sort(Comparator.comparing(Group::path));
        return groups;
    }

    private static Group passedOver(Path folder, List<Path> files, String path) {
        String first = relative(folder, files.get(0));
        String trouble = path + " leads to it too, though its columns are others ("
                + Suggestion.count(files.size(), "such file") + "): give them a folder of their own";
        return new Group(
                first,
                "",
                first,
                files.size(),
                0,
                0,
                false,
                Samples.Style.USUAL,
                Optional.empty(),
                Set.of(),
                Map.of(),
                Map.of(),
                0,
                Set.of(trouble));
    }

    static String suffix(String name) {
        Matcher suffix = SUFFIX.matcher(name);
        return suffix.find() ? suffix.group() : "";
    }

    private static Group group(Path folder, String pattern, String stem, List<Path> files, int mostFiles, int mostBytes)
            throws IOException {
        Set<String> columns = new LinkedHashSet<>();
        Set<String> troubles = new LinkedHashSet<>();
        Set<Samples.Style> styles = new LinkedHashSet<>();
        Map<Path, Samples.Table> tables = new LinkedHashMap<>();
        long bytes = 0;
        for (Path file : files) {
            bytes += Files.size(file);
        }
        int rows = 0;
        for (Path file : spread(files, mostFiles)) {
            Samples.Table table = Samples.read(file, mostBytes);
            table.trouble().ifPresent(troubles::add);
            if (table.trouble().isEmpty() && rows < MOST_ROWS) {
                tables.put(file, table);
                rows += table.rows().size();
            }
        }
        Optional<String> headless = headless(folder, tables, troubles);
        tables.values().forEach(table -> styles.add(table.style()));
        Samples.Style style = written(styles, troubles);
        tables.values().removeIf(table -> table.style().format() != style.format());
        tables.values().forEach(table -> columns.addAll(table.columns()));
        Set<String> missing = missing(columns, tables, style.format());
        if (!missing.isEmpty()) {
            troubles.add(
                    missing.equals(columns)
                            ? "no name is in the first line of all files, as if they had no header"
                            : "columns that some files lack: " + String.join(", ", missing)
                                    + " (left out: each file must have all)");
            columns.removeAll(missing);
        }
        if (columns.stream().anyMatch(Suggestion.Names::isNameable)) {
            columns.addAll(FolderColumns.of(pattern));
        }
        Map<String, List<Row>> landings = new TreeMap<>();
        tables.forEach((file, table) -> {
            String path = relative(folder, file);
            String landing = Samples.landed(path).map(Object::toString).orElse(path);
            landings.computeIfAbsent(landing, l -> new ArrayList<>()).addAll(aligned(path, table, columns));
        });
        return new Group(
                pattern,
                stem,
                relative(folder, files.get(0)),
                files.size(),
                bytes,
                tables.size(),
                tables.size() == files.size() && tables.values().stream().allMatch(Samples.Table::isWhole),
                style,
                headless,
                columns,
                types(tables.values(), troubles),
                landings,
                tables.values().stream().mapToLong(Samples.Table::rejected).sum(),
                troubles);
    }

    /** What stands in the first line of most files, where it is no header; the few that differ are dropped. */
    private static Optional<String> headless(Path folder, Map<Path, Samples.Table> tables, Set<String> troubles) {
        List<Path> headless = tables.keySet().stream()
                .filter(file -> tables.get(file).headless().isPresent())
                .toList();
        boolean isMost = 2 * headless.size() > tables.size();
        if (!headless.isEmpty() && headless.size() < tables.size()) {
            troubles.add(
                    isMost
                            ? "some files have a header, though most have none"
                            : "the first line of some files looks like a row, as in "
                                    + relative(folder, headless.get(0)) + ": it would be lost, put a header on top");
            tables.keySet().removeIf(file -> tables.get(file).headless().isPresent() != isMost);
        }
        return isMost ? tables.get(headless.get(0)).headless() : Optional.empty();
    }

    /** What most say who say anything: the first of its kind, in an encoding that all may be of. */
    private static Samples.Style written(Set<Samples.Style> styles, Set<String> troubles) {
        if (styles.isEmpty()) {
            return Samples.Style.USUAL;
        }
        Samples.Style first = styles.iterator().next();
        if (styles.stream().anyMatch(style -> style.format() != first.format())) {
            troubles.add("some files are " + first.format() + ", some of another format");
        } else if (styles.stream().anyMatch(style -> !style.delimiter().equals(first.delimiter()))) {
            troubles.add("some files have another delimiter than '" + first.delimiter() + "'");
        }
        List<Samples.Style> alike = styles.stream()
                .filter(style -> style.format() == first.format())
                .toList();
        Set<String> escapes = new LinkedHashSet<>();
        alike.forEach(style -> style.escape().ifPresent(escapes::add));
        if (escapes.size() > 1) {
            troubles.add("some files have a backslash before a quote inside a value, some double the quote");
        }
        String encoding = alike.stream()
                .map(Samples.Style::encoding)
                .filter(other -> !other.equals("utf-8"))
                .findFirst()
                .orElse("utf-8");
        return new Samples.Style(
                first.format(), first.delimiter(), encoding, escapes.stream().findFirst());
    }

    /** The wider one where files differ, if it holds all values of the other. */
    private static Map<String, String> types(Collection<Samples.Table> tables, Set<String> troubles) {
        Map<String, String> types = new LinkedHashMap<>();
        tables.forEach(table -> table.types().forEach((column, type) -> {
            String before = types.putIfAbsent(column, type);
            if (before == null || before.equals(type)) {
                return;
            }
            if (Set.of(before, type).equals(Set.of("int", "long"))) {
                types.put(column, "long");
            } else if (Set.of(before, type).equals(Set.of("int", "double"))) {
                types.put(column, "double");
            } else {
                troubles.add(column + " is " + before + " in some files, " + type + " in others");
            }
        }));
        return types;
    }

    private static Set<String> missing(Set<String> columns, Map<Path, Samples.Table> tables, SourceSpec.Format format) {
        Set<String> missing = new LinkedHashSet<>();
        if (format != SourceSpec.Format.JSON) {
            tables.values()
                    .forEach(table -> columns.stream()
                            .filter(column -> !table.columns().contains(column))
                            .forEach(missing::add));
        }
        return missing;
    }

    private static List<Row> aligned(String path, Samples.Table table, Set<String> columns) {
        int[] from = columns.stream().mapToInt(table.columns()::indexOf).toArray();
        Map<String, String> folders = FolderColumns.values(path);
        String[] told = columns.stream().map(folders::get).toArray(String[]::new);
        List<Row> rows = new ArrayList<>();
        for (int row = 0; row < table.rows().size(); row++) {
            String[] texts = new String[from.length];
            for (int i = 0; i < from.length; i++) {
                texts[i] = from[i] < 0 ? told[i] : table.rows().get(row)[from[i]];
            }
            rows.add(new Row(texts, path, table.lines().get(row)));
        }
        return rows;
    }

    private static List<Path> spread(List<Path> files, int most) {
        if (files.size() <= most) {
            return files;
        }
        List<Path> chosen = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            chosen.add(files.get((int) ((long) i * (files.size() - 1) / (most - 1))));
        }
        return chosen;
    }
}
