package io.penstock.ingestion.suggest;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.format.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A source contract that files suggest.
 *
 * @param landing folder that {@code penstock.landing} must name for the path to fit
 * @param contract HOCON of {@code name { … }}, for {@code sources { }}; what supports each line is a comment
 * @param questions what the files could not tell, for their owner
 * @param landFirst where files lie in no landed folder: a command that puts one into one
 */
public record Suggestion(
        String name,
        Path landing,
        String path,
        String mode,
        List<String> key,
        Map<String, String> types,
        String contract,
        List<String> questions,
        Optional<String> landFirst) {
    /** Files of a source that are opened, spread over their names. */
    public static final int MOST_FILES = 24;
    /** Bytes read of each, unpacked. */
    public static final int MOST_BYTES = 2 << 20;

    /** What no location may hold. */
    private static final Pattern ODD = Pattern.compile("[*?\\[\\]{}\\\\\\p{Cntrl}]");

    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    /**
     * Suggests one source for each group of alike files below a folder.
     *
     * @param landing folder that paths are relative to, when the files lie below it; else the folder they lie in
     * @throws PenstockException {@code PEN-CLI-010} when it is no folder, {@code PEN-CLI-011} when no file in it can be
     *     ingested, {@code PEN-CLI-012} when a name is given for several sources, or is none
     */
    public static List<Suggestion> of(Path folder, Optional<String> name, Path landing) {
        Path root = folder.toAbsolutePath().normalize();
        if (Files.isRegularFile(root)) {
            throw new PenstockException(
                    ErrorCode.SOURCE_FOLDER_UNREADABLE,
                    "A file, not a folder: " + folder,
                    "--source",
                    "Name the folder that it lies in");
        }
        if (!Files.isDirectory(root)) {
            throw new PenstockException(
                    ErrorCode.SOURCE_FOLDER_UNREADABLE,
                    "No such folder: " + folder,
                    "--source",
                    "Name the folder that files land in");
        }
        FolderSample.Found found = FolderSample.of(root, MOST_FILES, MOST_BYTES);
        List<FolderSample.Group> groups = found.groups();
        List<String> tables = found.tables().stream().map(Suggestion::table).toList();
        List<FolderSample.Group> usable =
                groups.stream().filter(Suggestion::isUsable).toList();
        if (usable.isEmpty()) {
            List<String> why =
                    Stream.concat(tables.stream(), unusable(groups)).limit(5).toList();
            throw new PenstockException(
                    ErrorCode.NOTHING_TO_SUGGEST_FROM,
                    "No file can be ingested"
                            + (why.isEmpty() ? ": the folder holds none" : ": " + String.join("; ", why)),
                    folder.toString(),
                    tables.isEmpty()
                            ? "Land CSV with a header, one JSON object a line, plain or gzip, or Parquet"
                            : "Declare each table as a source by its folder: docs/configuration.md, Delta tables");
        }
        if (name.isPresent() && (usable.size() > 1 || !Names.isName(name.get()))) {
            throw new PenstockException(
                    ErrorCode.INVALID_SOURCE_NAME,
                    "The source cannot be called " + name.get() + ": "
                            + (usable.size() > 1
                                    ? "there are " + usable.size()
                                    : "a name is made of a-z, 0-9 and _, a letter first"),
                    "--name",
                    "Give a folder of one source, or leave --name out");
        }
        List<String> passedOver = Stream.concat(tables.stream(), unusable(groups))
                .map(what -> "Passed over: " + what)
                .toList();
        return named(root, usable, name, landing.toAbsolutePath().normalize(), passedOver);
    }

    private static List<Suggestion> named(
            Path root, List<FolderSample.Group> groups, Optional<String> name, Path landing, List<String> passedOver) {
        Path base = base(root, groups, landing);
        String prefix = FolderColumns.literal(base.relativize(root).toString()).replaceFirst("^~", "?");
        Map<String, Suggestion> named = new LinkedHashMap<>();
        for (FolderSample.Group group : groups) {
            String path = prefix.isEmpty() ? group.path() : prefix + "/" + group.path();
            String wanted = name.orElseGet(() -> Names.of(root, path, group.stem(), isAlone(group, groups)));
            String free = wanted;
            for (int i = 2; named.containsKey(free); i++) {
                free = wanted + "_" + i;
            }
            named.put(free, one(free, root, base, path, group, named.isEmpty() ? passedOver : List.of()));
        }
        return List.copyOf(named.values());
    }

    /** What penstock.landing is to name; no folder of it may be written otherwise than it is. */
    private static Path base(Path root, List<FolderSample.Group> groups, Path landing) {
        Path base = root.startsWith(landing)
                ? landing
                : groups.stream()
                                .allMatch(group -> group.path().matches("[^/]+(/landed=\\{landed}/.*)?")
                                        && !FolderColumns.isFirst(group.path()))
                        ? root
                        : groups.stream().anyMatch(group -> FolderColumns.isFirst(group.path()))
                                ? root.getParent()
                                : root;
        Path plain = base;
        while (plain != null && ODD.matcher(plain.toString()).find()) {
            plain = plain.getParent();
        }
        boolean isTooHigh = plain == null || plain.getParent() == null || landing.startsWith(plain);
        if (!base.equals(plain) && isTooHigh) {
            throw new PenstockException(
                    ErrorCode.FOLDER_NAME_NOT_USABLE,
                    "penstock.landing cannot name the folder: it holds one of * ? [ ] { } \\ or a control character, and no"
                            + " folder above it can be named in its place",
                    base.toString(),
                    "Rename the folder, or move it below " + landing);
        }
        return plain;
    }

    /** Files that no contract can be suggested for. */
    private static Stream<String> unusable(List<FolderSample.Group> groups) {
        return groups.stream()
                .filter(group -> !isUsable(group))
                .map(group -> group.path() + ": "
                        + (group.troubles().isEmpty()
                                ? "no column has a name that can be declared"
                                : String.join("; ", group.troubles())));
    }

    private static boolean isUsable(FolderSample.Group group) {
        return group.columns().stream().anyMatch(Names::isNameable);
    }

    private static String table(Path folder) {
        return folder + ": a Delta table, whose files are never moved; declare format = delta, path = "
                + ContractText.quoted(folder.toString());
    }

    private static Suggestion one(
            String name, Path root, Path landing, String found, FolderSample.Group group, List<String> passedOver) {
        List<String> questions = new ArrayList<>();
        group.headless()
                .ifPresent(
                        value -> questions.add("Have the files a header? Their first line, with " + Names.shown(value)
                                + " in it, looks like a row: it would be lost. Put a line of column names on top of each file,"
                                + " in place of column_1 and so on"));
        questions.addAll(passedOver);
        boolean isStamped = found.contains(FolderColumns.LANDINGS);
        String path = isStamped
                ? found
                : name + "/" + FolderColumns.only(folder(found)) + FolderColumns.LANDINGS + "*"
                        + found.replaceFirst("^.*?((\\.[A-Za-z]+)?(\\.gz)?)$", "$1");
        Optional<String> landFirst =
                isStamped ? Optional.empty() : Optional.of(land(root, landing.resolve(name), group));
        landFirst.ifPresent(command ->
                questions.add("When did the files land? They lie in no landed=20260131T060000Z folder: put "
                        + (group.files() == 1
                                ? "it into one below " + name + "/, as by: "
                                : "each of the " + count(group.files(), "file") + " " + group.path()
                                        + " into one below " + name + "/, the first of them by: ")
                        + command));
        group.troubles().forEach(trouble -> questions.add("Files that do not fit: " + trouble));
        if (group.rejected() > 0) {
            questions.add(count(group.rejected(), "record")
                    + " could not be read under any contract: see quarantine after a run");
        }
        List<String> names = List.copyOf(group.columns());
        Map<String, String> declared = Names.declared(names);
        List<String> typeless = names.stream()
                .filter(column -> declared.containsKey(column)
                        && group.types().getOrDefault(column, "text").isEmpty())
                .toList();
        if (!typeless.isEmpty()) {
            questions.add(count(typeless.size(), "column")
                    + " of a type that cannot be declared (a list, a structure, bytes or such), kept as text: "
                    + String.join(", ", typeless.stream().map(Names::shown).toList()));
        }
        names.stream()
                .filter(Samples::isUnnamed)
                .forEach(column -> questions.add("What is " + column + "? The header gives the column no name, as where"
                        + " pandas writes its index: " + column
                        + " stands for its place. Have it named by the sender, or left"
                        + " out (index=False)"));
        List<String> nameless =
                names.stream().filter(column -> !declared.containsKey(column)).toList();
        if (!nameless.isEmpty()) {
            questions.add(count(nameless.size(), "column")
                    + " left out, without a name or with strange characters in it: "
                    + String.join(
                            ", ", nameless.stream().limit(5).map(Names::shown).toList()));
        }
        List<FolderSample.Row> rows = group.rows();
        Nulls nulls = new Nulls();
        Map<String, List<String>> texts = new LinkedHashMap<>();
        Map<String, String> types = new HashMap<>();
        Map<String, String> former = new HashMap<>();
        for (int i = 0; i < names.size(); i++) {
            int column = i;
            String own = declared.get(names.get(i));
            if (own != null && !typeless.contains(names.get(i))) {
                List<String> values = new ArrayList<>();
                rows.forEach(row -> values.add(row.texts()[column]));
                texts.put(own, values);
                Optional.ofNullable(group.types().get(names.get(i))).ifPresent(type -> types.put(own, type));
                if (!own.equals(names.get(i))) {
                    former.put(own, names.get(i));
                }
            }
        }
        texts.forEach((column, values) -> {
            if (types.getOrDefault(column, "string").equals("string")) {
                nulls.add(column, values);
            }
        });
        IntFunction<String> place = row -> place(rows.get(row));
        List<Column> columns = texts.entrySet().stream()
                .map(entry -> types.containsKey(entry.getKey())
                        ? ColumnReader.read(entry.getKey(), types.get(entry.getKey()), entry.getValue(), nulls, place)
                        : ColumnReader.read(entry.getKey(), entry.getValue(), nulls, place))
                .toList();
        Map<String, Set<String>> unfit = new HashMap<>();
        columns.forEach(column -> unfit.put(column.name(), column.unfit()));
        nulls.doubtful()
                .forEach((text, column) -> questions.add("Does '" + text + "' in " + column
                        + " mean NULL? It is kept as text; add it to null-values if so"));
        columns.forEach(column -> questions.addAll(column.questions()));
        tellRejects(rows.size(), texts, unfit, questions);
        List<KeySearch.Key> keys = new KeySearch(
                        names.stream()
                                .map(column -> declared.getOrDefault(column, column))
                                .toList(),
                        group.landings(),
                        (column, value) -> !nulls.isNull(value)
                                && !nulls.isNull(value.strip())
                                && !unfit.get(column).contains(value))
                .find(columns);
        ContractText text =
                new ContractText(name, path, group, columns, former, keys, nulls, nameless.isEmpty(), questions);
        return new Suggestion(
                name,
                landing,
                path,
                text.mode(),
                text.key(),
                types(columns),
                text.text(),
                // Each is a line of a comment, whatever a file is called.
                questions.stream()
                        .map(question -> question.replaceAll("\\p{Cntrl}", "?"))
                        .toList(),
                landFirst);
    }

    /** Columns that each lack a little may together lack too much. */
    private static void tellRejects(
            int rows, Map<String, List<String>> texts, Map<String, Set<String>> unfit, List<String> questions) {
        BitSet rejected = new BitSet(rows);
        texts.forEach((column, values) -> {
            for (int row = 0; row < rows; row++) {
                if (values.get(row) != null && unfit.get(column).contains(values.get(row))) {
                    rejected.set(row);
                }
            }
        });
        if (rejected.cardinality() > SourceSpec.MAX_REJECT_RATE * rows) {
            questions.add(String.format(
                    Locale.ROOT,
                    "%,d of %,d records would be rejected, and a unit with more than %.0f %% is refused: look at the"
                            + " columns above, or set max-reject-rate",
                    rejected.cardinality(),
                    rows,
                    100 * SourceSpec.MAX_REJECT_RATE));
        }
    }

    private static String place(FolderSample.Row row) {
        return row.file() + " line " + row.line();
    }

    private static boolean isAlone(FolderSample.Group group, List<FolderSample.Group> groups) {
        return groups.stream()
                        .filter(other -> folder(other.path()).equals(folder(group.path())))
                        .count()
                == 1;
    }

    private static String folder(String path) {
        return path.substring(0, path.lastIndexOf('/') + 1);
    }

    /** The time of the file is a guess of when it landed. */
    private static String land(Path root, Path source, FolderSample.Group group) {
        Path file = root.resolve(group.first());
        Path landed =
                source.resolve(FolderColumns.only(folder(group.first())) + "landed=" + STAMP.format(modified(file)));
        return "mkdir -p " + quoted(landed) + " && mv " + quoted(file) + " " + quoted(landed) + "/";
    }

    private static Instant modified(Path file) {
        try {
            return Files.getLastModifiedTime(file).toInstant();
        } catch (IOException e) {
            return Instant.EPOCH;
        }
    }

    private static String quoted(Path path) {
        String text = path.toString();
        return text.matches("[A-Za-z0-9_./=-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }

    private static Map<String, String> types(List<Column> columns) {
        Map<String, String> types = new LinkedHashMap<>();
        columns.forEach(column -> types.put(column.name(), column.type()));
        return types;
    }

    static String count(long n, String thing) {
        return String.format(Locale.ROOT, "%,d %s%s", n, thing, n == 1 ? "" : "s");
    }

    /** What may be called what. */
    static final class Names {
        private static final Set<String> GENERAL = Set.of(
                "csv",
                "data",
                "deliveries",
                "delivery",
                "download",
                "downloads",
                "export",
                "exports",
                "files",
                "flat",
                "in",
                "inbox",
                "incoming",
                "input",
                "json",
                "landed",
                "landing",
                "raw",
                "sample",
                "samples",
                "source",
                "sources",
                "temp",
                "tmp");
        private static final Set<String> TAKEN = Set.of("unit", "as_of", "include");

        private Names() {}

        static boolean isName(String name) {
            return name.matches("[a-z][a-z0-9_]*");
        }

        static boolean isColumn(String name) {
            return isName(name) && !TAKEN.contains(name);
        }

        /** Whether a header can give it. */
        static boolean isNameable(String name) {
            return !name.isBlank() && name.chars().noneMatch(Character::isISOControl);
        }

        /** What columns may be called here: themselves, or what is left of their letters and digits. */
        static Map<String, String> declared(List<String> columns) {
            Set<String> given = new HashSet<>();
            columns.stream().filter(Names::isColumn).forEach(given::add);
            Map<String, String> declared = new LinkedHashMap<>();
            for (int i = 0; i < columns.size(); i++) {
                String column = columns.get(i);
                if (isColumn(column)) {
                    declared.put(column, column);
                } else if (isNameable(column)) {
                    String wanted = like(column, "column_" + (i + 1));
                    String free = isColumn(wanted) ? wanted : wanted + "_";
                    for (int n = 2; !given.add(free); n++) {
                        free = wanted + "_" + n;
                    }
                    declared.put(column, free);
                }
            }
            return declared;
        }

        private static String like(String column, String otherwise) {
            String plain = Normalizer.normalize(column, Normalizer.Form.NFD).replaceAll("\\p{M}", "");
            String name = clean(plain.replaceAll("(\\p{Ll}|\\d)(\\p{Lu})", "$1_$2"));
            return name.isEmpty() ? otherwise : name;
        }

        static String shown(String name) {
            String plain = name.replaceAll("[^\\p{L}\\p{N} -~]", "?");
            return "'" + (plain.length() > 30 ? plain.substring(0, 29) + "…" : plain) + "'";
        }

        /**
         * The folder over the stamp, or the one that the files of one source lie in; where it says nothing or holds
         * several sources, what the files' names begin with.
         */
        static String of(Path root, String path, String stem, boolean isAlone) {
            String above = FolderColumns.above(path);
            String last = above.replaceFirst("/$", "").replaceFirst(".*/", "");
            Path own = root.getFileName();
            String folder = clean(last.isEmpty() && own != null ? own.toString() : last);
            String start = clean(stem);
            boolean isTelling = !folder.isEmpty() && !GENERAL.contains(folder);
            if (isAlone && isTelling || start.isEmpty()) {
                return folder.isEmpty() ? "source" : folder;
            }
            return start;
        }

        private static String clean(String part) {
            return part.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_").replaceAll("^[^a-z]+|_+$", "");
        }
    }
}
