package io.penstock.ingestion.suggest;

import io.penstock.core.PenstockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A source contract that files suggest.
 *
 * @param landing folder that {@code penstock.landing} must name for the path to fit
 * @param contract HOCON of {@code name { … }}, for {@code sources { }}; what supports each line is a comment
 * @param questions what the files could not tell, for their owner
 */
public record Suggestion(
        String name,
        Path landing,
        String path,
        String mode,
        List<String> key,
        Map<String, String> types,
        String contract,
        List<String> questions) {
    /** Files of a source that are opened, spread over their names. */
    public static final int MOST_FILES = 24;
    /** Bytes read of each, unpacked. */
    public static final int MOST_BYTES = 2 << 20;

    /**
     * Suggests one source for each group of alike files below a folder.
     *
     * @param landing folder that paths are relative to, when the files lie below it; else the folder they lie in
     * @throws PenstockException {@code PEN-CLI-010} when it is no folder, {@code PEN-CLI-011} when no file in it can be
     *     ingested, {@code PEN-CLI-012} when a name is given for several sources, or is none
     */
    public static List<Suggestion> of(Path folder, Optional<String> name, Path landing) {
        Path root = folder.toAbsolutePath().normalize();
        if (!Files.isDirectory(root)) {
            throw PenstockException.configuration(
                    "PEN-CLI-010", "No such folder: " + folder, "--source", "Name the folder that files land in");
        }
        List<FolderSample.Group> groups = FolderSample.of(root, MOST_FILES, MOST_BYTES);
        List<FolderSample.Group> usable = groups.stream()
                .filter(group -> group.columns().stream().anyMatch(Names::isColumn))
                .toList();
        if (usable.isEmpty()) {
            List<String> why = groups.stream()
                    .map(group -> group.path() + ": "
                            + (group.troubles().isEmpty()
                                    ? "no column has a name that can be declared"
                                    : String.join("; ", group.troubles())))
                    .limit(5)
                    .toList();
            throw PenstockException.configuration(
                    "PEN-CLI-011",
                    "No file can be ingested"
                            + (why.isEmpty() ? ": the folder holds none" : ": " + String.join("; ", why)),
                    folder.toString(),
                    "Land CSV with commas and a header in lower case, or one JSON object a line, plain or gzip");
        }
        if (name.isPresent() && (usable.size() > 1 || !Names.isName(name.get()))) {
            throw PenstockException.configuration(
                    "PEN-CLI-012",
                    "The source cannot be called " + name.get() + ": "
                            + (usable.size() > 1
                                    ? "there are " + usable.size()
                                    : "a name is made of a-z, 0-9 and _, a letter first"),
                    "--name",
                    "Give a folder of one source, or leave --name out");
        }
        return named(root, usable, name, landing.toAbsolutePath().normalize(), passedOver(groups));
    }

    private static List<Suggestion> named(
            Path root, List<FolderSample.Group> groups, Optional<String> name, Path landing, List<String> passedOver) {
        Path base = root.startsWith(landing)
                ? landing
                : groups.stream()
                                .allMatch(group -> group.path().matches("[^/]+(/landed=\\{landed}/.*)?")
                                        && !group.path().startsWith("landed="))
                        ? root
                        : groups.stream().anyMatch(group -> group.path().startsWith("landed="))
                                ? root.getParent()
                                : root;
        String prefix = base.relativize(root).toString();
        Map<String, Suggestion> named = new LinkedHashMap<>();
        for (FolderSample.Group group : groups) {
            String path = prefix.isEmpty() ? group.path() : prefix + "/" + group.path();
            String wanted = name.orElseGet(() -> Names.of(path));
            String free = wanted;
            for (int i = 2; named.containsKey(free); i++) {
                free = wanted + "_" + i;
            }
            named.put(free, one(free, base, path, group, named.isEmpty() ? passedOver : List.of()));
        }
        return List.copyOf(named.values());
    }

    /** Files beside those of the sources that no contract can be suggested for. */
    private static List<String> passedOver(List<FolderSample.Group> groups) {
        return groups.stream()
                .filter(group -> group.columns().stream().noneMatch(Names::isColumn))
                .map(group -> "Passed over: " + group.path() + ": "
                        + (group.troubles().isEmpty()
                                ? "no column has a name that can be declared"
                                : String.join("; ", group.troubles())))
                .toList();
    }

    private static Suggestion one(
            String name, Path landing, String found, FolderSample.Group group, List<String> passedOver) {
        List<String> questions = new ArrayList<>(passedOver);
        boolean isStamped = found.contains("landed={landed}/");
        String path = isStamped
                ? found
                : name + "/landed={landed}/*" + found.replaceFirst("^.*?((\\.[A-Za-z]+)?(\\.gz)?)$", "$1");
        if (!isStamped) {
            questions.add(
                    "When did the files land? They lie in no landed=20260131T060000Z folder: put each into one below "
                            + name + "/");
        }
        group.troubles().forEach(trouble -> questions.add("Files that do not fit: " + trouble));
        if (group.rejected() > 0) {
            questions.add(count(group.rejected(), "record")
                    + " could not be read under any contract: see quarantine after a run");
        }
        List<String> names = List.copyOf(group.columns());
        List<String> odd =
                names.stream().filter(column -> !Names.isColumn(column)).toList();
        if (!odd.isEmpty()) {
            questions.add(count(odd.size(), "column")
                    + " left out, since names are a-z, 0-9 and _ (unit and as_of are taken): "
                    + String.join(", ", odd.stream().limit(5).map(Names::shown).toList()));
        }
        List<String[]> rows = group.rows();
        Nulls nulls = new Nulls();
        Map<String, List<String>> texts = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            int column = i;
            if (Names.isColumn(names.get(i))) {
                List<String> values = new ArrayList<>();
                rows.forEach(row -> values.add(row[column]));
                texts.put(names.get(i), values);
            }
        }
        texts.forEach(nulls::add);
        List<Column> columns = texts.entrySet().stream()
                .map(entry -> ColumnReader.read(entry.getKey(), entry.getValue(), nulls))
                .toList();
        nulls.doubtful()
                .forEach((text, column) -> questions.add("Does '" + text + "' in " + column
                        + " mean NULL? It is kept as text; add it to null-values if so"));
        columns.forEach(column -> questions.addAll(column.questions()));
        List<KeySearch.Key> keys = new KeySearch(names, group.landings()).find(columns);
        ContractText text = new ContractText(name, path, group, columns, keys, nulls, odd.isEmpty(), questions);
        return new Suggestion(
                name, landing, path, text.mode(), text.key(), types(columns), text.text(), List.copyOf(questions));
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
        private static final Set<String> TAKEN = Set.of("unit", "as_of", "include");

        private Names() {}

        static boolean isName(String name) {
            return name.matches("[a-z][a-z0-9_]*");
        }

        static boolean isColumn(String name) {
            return isName(name) && !TAKEN.contains(name);
        }

        static String shown(String name) {
            String plain = name.replaceAll("[^\\p{L}\\p{N} _.-]", "?");
            return "'" + (plain.length() > 30 ? plain.substring(0, 29) + "…" : plain) + "'";
        }

        /** The folder over the stamp, else the start of the file's name. */
        static String of(String path) {
            String part = path.contains("/landed=")
                    ? path.substring(0, path.indexOf("/landed=")).replaceFirst(".*/", "")
                    : path.replaceFirst(".*/", "").replaceFirst("\\..*", "");
            String name =
                    part.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_").replaceAll("^[^a-z]+|_+$", "");
            return name.isEmpty() ? "source" : name;
        }
    }
}
