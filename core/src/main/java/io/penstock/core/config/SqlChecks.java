package io.penstock.core.config;

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
    private static final String RULES = "penstock-sql-4";

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

    /** Reports what is wrong with {@code sql}, an expression over {@code columns} (in any letter case). */
    Optional<Sound> check(Place place, String sql, Map<String, String> columns, SqlUse use) {
        if (sql.isEmpty()) {
            problems.add("PEN-CFG-011", place, "", "is empty, must be an SQL expression");
            return Optional.empty();
        }
        Optional<Sound> found = sound(place, sql, columns, use.isReadAsTime());
        found.ifPresent(known -> this.columns.put(sql, known.columns()));
        found.filter(known -> !use.takes(known))
                .ifPresent(known -> problems.add(
                        "PEN-CFG-053",
                        place,
                        "",
                        "is " + SqlUse.named(known.type()) + ", must be " + use.wanted() + use.remedy(sql, known)));
        return found;
    }

    private Optional<Sound> sound(Place place, String sql, Map<String, String> columns, boolean becomesTime) {
        String hash = Hashes.sha256(RULES + (becomesTime ? "-time" : "") + "\n" + sql + "\n" + new TreeMap<>(columns));
        Optional<Sound> known = Optional.ofNullable(remembered.get(hash));
        if (known.isPresent()) {
            sound.put(hash, known.get());
            return known;
        }
        SqlTree.Checked checked = SqlTree.check(sql, columns, becomesTime);
        checked.sound().ifPresent(found -> sound.put(hash, found));
        for (SqlTree.Finding finding : checked.findings()) {
            List<String> allowed = finding.unknownColumn() ? List.copyOf(columns.keySet()) : List.of();
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
        if (fields.length == 4) {
            Set<String> columns = Arrays.stream(fields[3].split(","))
                    .filter(name -> !name.isEmpty())
                    .collect(Collectors.toCollection(TreeSet::new));
            remembered.put(fields[0], new Sound(fields[1], Boolean.parseBoolean(fields[2]), columns));
        }
    }

    private static String line(String hash, Sound known) {
        return String.join("\t", hash, known.type(), String.valueOf(known.isBit()), String.join(",", known.columns()));
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

        void declare(String column, String declaredType) {
            types.put(column, SqlUse.spark(declaredType));
        }

        /** A column of an expression; one that is not sound fits anything, so that its users are not blamed. */
        void derive(String column, Optional<Sound> expression) {
            types.putIfAbsent(column, expression.map(Sound::type).orElse(SqlAnalysis.UNKNOWN));
        }

        /** Column → type, in the order of their declaration. */
        Map<String, String> types() {
            return new LinkedHashMap<>(types);
        }

        Map<String, String> typesAnd(String column, String type) {
            Map<String, String> more = types();
            more.put(column, type);
            return more;
        }
    }
}
