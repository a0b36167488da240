package io.penstock.core.config;

import io.penstock.core.ErrorCode;
import io.penstock.core.Hashes;
import io.penstock.core.config.Problems.Place;
import io.penstock.core.config.SqlTree.Sound;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Checks expressions, and remembers by hash those that were fine: loading Spark's parser and analyzer costs seconds, which a
 * verb that does nothing should not pay. Without a cache every expression is analysed.
 */
final class SqlChecks {
    /** Raised whenever the check becomes stricter, so that what was remembered is looked at again. */
    private static final String RULES = "penstock-sql-5";

    private final Problems problems;
    private final Optional<Path> cache;
    private final Map<String, Sound> remembered = new HashMap<>();
    private final Map<String, Sound> sound = new TreeMap<>();
    private final Map<String, SqlTable> tables = new HashMap<>();
    private final Map<String, Set<String>> columns = new HashMap<>();

    SqlChecks(Problems problems, Optional<Path> cache) {
        this.problems = problems;
        this.cache = cache;
        cache.filter(Files::isRegularFile).ifPresent(this::recall);
    }

    /** The columns that a sound expression reads, in lower case; none of another. */
    Set<String> columns(String sql) {
        return columns.getOrDefault(sql, Set.of());
    }

    /** What expressions over a source see. */
    SqlTable table(String source) {
        return tables.computeIfAbsent(source, name -> new SqlTable());
    }

    /** Reports what is wrong with {@code sql}, an expression over {@code table} (its columns in any letter case). */
    Optional<Sound> check(Place place, String sql, SqlTable table, SqlUse use) {
        if (sql.isEmpty()) {
            problems.add(ErrorCode.SQL_SYNTAX, place, "", "is empty, must be an SQL expression");
            return Optional.empty();
        }
        Optional<Sound> found = sound(place, sql, table, use.isReadAsTime());
        found.ifPresent(known -> columns.put(sql, known.columns()));
        found.flatMap(known -> use.objection(sql, known, table))
                .ifPresent(objection -> problems.add(ErrorCode.EXPRESSION_UNFIT, place, "", objection));
        return found;
    }

    private Optional<Sound> sound(Place place, String sql, SqlTable table, boolean becomesTime) {
        Map<String, String> types = table.types();
        String hash = Hashes.sha256(
                RULES + (becomesTime ? "-time" : "") + "\n" + sql + "\n" + new TreeMap<>(types) + table.values());
        Optional<Sound> known = Optional.ofNullable(remembered.get(hash));
        if (known.isPresent()) {
            sound.put(hash, known.get());
            return known;
        }
        SqlTree.Checked checked = SqlTree.check(sql, types, table.values(), becomesTime);
        checked.sound().ifPresent(found -> sound.put(hash, found));
        for (SqlTree.Finding finding : checked.findings()) {
            List<String> allowed = finding.unknownColumn() ? List.copyOf(types.keySet()) : List.of();
            List<String> names = finding.unknownColumn() ? allowed : SqlFunctions.names();
            problems.add(new ConfigProblem(
                    finding.code(),
                    place.path(),
                    place.file(),
                    place.line(),
                    finding.value(),
                    finding.message(),
                    allowed,
                    nearest(finding, names)));
        }
        return checked.sound();
    }

    private static String nearest(SqlTree.Finding finding, List<String> names) {
        // A short name resembles something by chance: now is not a misspelled not
        boolean telling = finding.unknownColumn() || finding.value().length() > 4;
        return telling ? Nearest.of(finding.value(), names) : "";
    }

    private void recall(Path file) {
        try {
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                remembered(line.split("\t", -1));
            }
        } catch (IOException e) {
            // An unreadable memory is no memory
            remembered.clear();
        }
    }

    private void remembered(String[] fields) {
        if (fields.length == 5) {
            Set<String> columns = Arrays.stream(fields[4].split(","))
                    .filter(name -> !name.isEmpty())
                    .collect(Collectors.toCollection(TreeSet::new));
            remembered.put(
                    fields[0], new Sound(fields[1], Values.read(fields[2]), Boolean.parseBoolean(fields[3]), columns));
        }
    }

    private static String line(String hash, Sound known) {
        return String.join(
                "\t",
                hash,
                known.type(),
                known.values().toString(),
                String.valueOf(known.isNotZero()),
                String.join(",", known.columns()));
    }

    /** Writes down what was sound, all at once, so that another process reads the old file or the new one. */
    void remember() {
        if (cache.isEmpty() || remembered.keySet().containsAll(sound.keySet())) {
            return;
        }
        Path file = cache.get().toAbsolutePath();
        try {
            Files.createDirectories(file.getParent());
            Path draft =
                    Files.createTempFile(file.getParent(), file.getFileName().toString(), ".tmp");
            Map<String, Sound> all = new TreeMap<>(remembered);
            all.putAll(sound);
            // Old expressions are forgotten once they outnumber what any pipeline holds
            Map<String, Sound> kept = all.size() > 5_000 ? sound : all;
            List<String> lines = kept.entrySet().stream()
                    .map(entry -> line(entry.getKey(), entry.getValue()))
                    .toList();
            Files.write(draft, lines, StandardCharsets.UTF_8);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            // Only speed is lost: the next load analyses again
            remembered.clear();
        }
    }

    /** The columns of one source, as they become known. */
    static final class SqlTable {
        private final Map<String, String> types = new LinkedHashMap<>();
        private final Map<String, Values> values = new TreeMap<>();
        private final Set<String> notZero = new TreeSet<>();

        void declare(String column, String declaredType) {
            types.put(column, SqlUse.spark(declaredType));
        }

        /** A column of an expression; one that is not sound fits anything, so that its users are not blamed. */
        void derive(String column, Optional<Sound> expression) {
            if (types.putIfAbsent(column, expression.map(Sound::type).orElse(SqlAnalysis.UNKNOWN)) != null) {
                return;
            }
            expression.map(Sound::values).filter(Values::isKnown).ifPresent(few -> values.put(column, few));
            expression
                    .filter(made -> made.isNotZero() || made.columns().stream().anyMatch(notZero::contains))
                    .ifPresent(made -> notZero.add(column));
        }

        /** Column → type, in the order of their declaration. */
        Map<String, String> types() {
            return new LinkedHashMap<>(types);
        }

        /** Of derived columns that can have a few values only, which. */
        Map<String, Values> values() {
            return new TreeMap<>(values);
        }

        /** Whether a number is taken for a condition in what the column is derived of. */
        boolean isNotZero(String column) {
            return notZero.contains(column);
        }

        /** A condition over a column of the table; {@code otherwise} where it has none that can be compared so. */
        String example(String otherwise) {
            String example = otherwise;
            // The last, since keys come first
            for (Map.Entry<String, String> column : types.entrySet()) {
                if (Set.of("int", "bigint", "double").contains(column.getValue())) {
                    example = column.getKey() + " > 0";
                }
            }
            return example;
        }

        SqlTable and(String column, String type) {
            SqlTable more = new SqlTable();
            more.types.putAll(types);
            more.types.put(column, type);
            more.values.putAll(values);
            more.notZero.addAll(notZero);
            return more;
        }
    }
}
