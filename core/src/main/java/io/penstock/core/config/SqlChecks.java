package io.penstock.core.config;

import io.penstock.core.Hashes;
import io.penstock.core.config.Problems.Place;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * Checks expressions, and remembers by hash those that were fine: loading Spark's parser costs half a second, which a
 * verb that does nothing should not pay. Without a cache every expression is parsed.
 */
final class SqlChecks {
    /** Raised whenever the check becomes stricter, so that what was remembered is looked at again. */
    private static final String RULES = "penstock-sql-2";

    private static final String TYPES = "penstock-types-1";
    private static final Set<DataType> WHOLE = Set.of(
            DataTypes.BooleanType, DataTypes.ByteType, DataTypes.ShortType, DataTypes.IntegerType, DataTypes.LongType);

    private final Problems problems;
    private final Optional<Path> cache;
    private final Set<String> remembered = new HashSet<>();
    private final Set<String> sound = new TreeSet<>();

    SqlChecks(Problems problems, Optional<Path> cache) {
        this.problems = problems;
        this.cache = cache;
        cache.filter(Files::isRegularFile).ifPresent(this::recall);
    }

    /** Reports what is wrong with {@code sql}, an expression over {@code columns} (in any letter case). */
    void check(Place place, String sql, Collection<String> columns) {
        if (sql.isEmpty()) {
            problems.add("PEN-CFG-011", place, "", "is empty, must be an SQL expression");
            return;
        }
        String hash = Hashes.sha256(RULES + "\n" + sql + "\n" + String.join(",", new TreeSet<>(columns)));
        if (remembered.contains(hash)) {
            sound.add(hash);
            return;
        }
        List<SqlTree.Finding> findings = SqlTree.check(sql, lower(columns));
        if (findings.isEmpty()) {
            sound.add(hash);
        }
        for (SqlTree.Finding finding : findings) {
            List<String> allowed = finding.unknownColumn() ? List.copyOf(columns) : List.of();
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
    }

    /**
     * Whether an expression over a source gives whole numbers or conditions; false where that cannot be told. Remembered as
     * well, whatever the answer.
     */
    boolean isWhole(String sql, PipelineConfig.Source source) {
        String question = sql + "\n" + ExpressionTypes.described(source);
        String yes = Hashes.sha256(TYPES + " whole\n" + question);
        String no = Hashes.sha256(TYPES + " other\n" + question);
        if (remembered.contains(yes) || remembered.contains(no)) {
            boolean isWhole = remembered.contains(yes);
            sound.add(isWhole ? yes : no);
            return isWhole;
        }
        boolean isWhole = ExpressionTypes.of(sql, source).map(WHOLE::contains).orElse(false);
        sound.add(isWhole ? yes : no);
        return isWhole;
    }

    private static String nearest(SqlTree.Finding finding, List<String> names) {
        // A short name resembles something by chance: now is not a misspelled not
        boolean telling = finding.unknownColumn() || finding.value().length() > 4;
        return telling ? Nearest.of(finding.value(), names) : "";
    }

    private static Set<String> lower(Collection<String> columns) {
        Set<String> lower = new HashSet<>();
        columns.forEach(column -> lower.add(column.toLowerCase(Locale.ROOT)));
        return lower;
    }

    private void recall(Path file) {
        try {
            remembered.addAll(Files.readAllLines(file, StandardCharsets.UTF_8));
        } catch (IOException e) {
            // An unreadable memory is no memory
            remembered.clear();
        }
    }

    /** Writes down what was sound, all at once, so that another process reads the old file or the new one. */
    void remember() {
        if (cache.isEmpty() || remembered.containsAll(sound)) {
            return;
        }
        Path file = cache.get().toAbsolutePath();
        try {
            Files.createDirectories(file.getParent());
            Path draft =
                    Files.createTempFile(file.getParent(), file.getFileName().toString(), ".tmp");
            Set<String> all = new TreeSet<>(sound);
            all.addAll(remembered);
            // Old expressions are forgotten once they outnumber what any pipeline holds
            Files.write(draft, all.size() > 5_000 ? sound : all, StandardCharsets.UTF_8);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            // Only speed is lost: the next load parses again
            remembered.clear();
        }
    }
}
