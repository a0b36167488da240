package io.penstock.tests.laws;

import io.penstock.core.Clock;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.stage.Stages;
import io.penstock.tests.e2e.TableRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Date;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The pipeline of {@link Feed} over one landing folder, run into one warehouse by the real stages. */
final class Warehouse {
    private static final List<String> SOURCES = List.of("orders", "events", "shops");
    private static final List<String> VIEWS = List.of("shop_events", "pair_events", "shop_facts");

    private final Path folder;
    private final PipelineConfig config;

    /** @param folder gets {@code conf} and {@code warehouse} */
    Warehouse(Path folder, Path landing) {
        this(folder, landing, Feed.CONFIG);
    }

    /** @param text another configuration of the same sources and views */
    Warehouse(Path folder, Path landing, String text) {
        this.folder = folder;
        try {
            Path conf = Files.createDirectories(folder.resolve("conf"));
            Files.writeString(conf.resolve(Feed.PIPELINE + ".conf"), text);
            this.config = ConfigLoader.load(
                    conf,
                    Feed.PIPELINE,
                    "local",
                    Map.of(
                            "penstock.landing",
                            landing.toString(),
                            "penstock.warehouse",
                            "file://" + folder.resolve("warehouse")),
                    Map.of());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    PipelineConfig config() {
        return config;
    }

    /** A process's view of the warehouse; its Spark is shared by all of them, so it is never closed. */
    Session session() {
        return new Session(config, Progress.silent());
    }

    Executor.Result run(List<Unit> units) {
        return run(units, List.of(), false);
    }

    Executor.Result run(List<Unit> units, List<String> stages, boolean again) {
        return new Executor(session(), Clock.system()).run(Stages.jobs(config, stages), units, again);
    }

    private List<Row> rows(String table) {
        return TableRows.of(Path.of(URI.create(config.root())).resolve(table));
    }

    Dataset<Row> table(String name) {
        return session().tables().read(name);
    }

    static List<String> featureTables() {
        return VIEWS.stream().map(view -> "features/" + view + "_v1").toList();
    }

    /** View → rows {@code [entity…, unit, as_of, features…]} as Java values, sorted. */
    Map<String, List<List<Object>>> views() {
        Map<String, List<List<Object>>> views = new TreeMap<>();
        for (String view : VIEWS) {
            views.put(
                    view,
                    rows("features/" + view + "_v1").stream()
                            .map(Warehouse::values)
                            .sorted(Comparator.comparing(Object::toString))
                            .toList());
        }
        return views;
    }

    private static List<Object> values(Row row) {
        return IntStream.range(0, row.length())
                .mapToObj(row::get)
                .map(Warehouse::value)
                .collect(ArrayList::new, ArrayList::add, ArrayList::addAll);
    }

    private static Object value(Object cell) {
        if (cell instanceof Timestamp instant) {
            return instant.toInstant();
        }
        return cell instanceof Date date ? date.toLocalDate() : cell;
    }

    /**
     * Table and unit → every row with every column, exact to the bit, in order. Left out: which run wrote a quarantine row.
     */
    Map<String, String> contents() {
        List<String> tables = new ArrayList<>(featureTables());
        SOURCES.forEach(source -> {
            tables.add("bronze/" + source);
            tables.add("quarantine/" + source);
        });
        Map<String, String> contents = new TreeMap<>();
        for (String table : tables) {
            Map<String, List<String>> byUnit = new HashMap<>();
            String columns = "";
            for (Row row : rows(table)) {
                columns = Arrays.toString(row.schema().fieldNames());
                byUnit.computeIfAbsent(table + " " + row.getAs("unit"), key -> new ArrayList<>())
                        .add(exact(row, Set.of("run_id")));
            }
            String shape = columns;
            byUnit.forEach((key, lines) ->
                    contents.put(key, shape + lines.stream().sorted().collect(Collectors.joining("\n", "\n", "\n"))));
        }
        return contents;
    }

    static String exact(Row row) {
        return exact(row, Set.of());
    }

    private static String exact(Row row, Set<String> leftOut) {
        return IntStream.range(0, row.length())
                .filter(i -> !leftOut.contains(row.schema().fieldNames()[i]))
                .mapToObj(i -> exact(row.get(i)))
                .collect(Collectors.joining("|"));
    }

    private static String exact(Object cell) {
        if (cell instanceof Double number) {
            return "double " + Long.toHexString(Double.doubleToRawLongBits(number));
        }
        if (cell instanceof BigDecimal number) {
            return "decimal " + number.unscaledValue() + " scale " + number.scale();
        }
        if (cell instanceof Timestamp instant) {
            return "instant " + instant.toInstant();
        }
        return cell == null ? "null" : cell.getClass().getSimpleName() + " " + cell;
    }

    /** The part of {@link #contents} that is about units up to a date. */
    static Map<String, String> upTo(Unit last, Map<String, String> contents) {
        Map<String, String> part = new TreeMap<>(contents);
        part.keySet()
                .removeIf(key ->
                        UnitId.parse(key.substring(key.lastIndexOf(' ') + 1)).isAfter(last.id()));
        return part;
    }

    /** Every file of the warehouse with its size and time: what a run that does nothing leaves as it was. */
    Map<String, String> files() {
        try (Stream<Path> files = Files.walk(folder.resolve("warehouse"))) {
            return files.filter(Files::isRegularFile)
                    .collect(Collectors.toMap(
                            file -> folder.relativize(file).toString(),
                            Warehouse::stat,
                            (one, other) -> one,
                            TreeMap::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String stat(Path file) {
        try {
            return Files.size(file) + " " + Files.getLastModifiedTime(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void stopSpark() {
        SparkSession.active().stop();
    }
}
