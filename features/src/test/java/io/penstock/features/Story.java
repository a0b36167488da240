package io.penstock.features;

import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.AggregateSpec;
import io.penstock.core.config.AirflowSpec;
import io.penstock.core.config.GateSpec;
import io.penstock.core.config.LabelSpec;
import io.penstock.core.config.Locations;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.ScoringSpec;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.Mode;
import io.penstock.core.config.SpineSpec;
import io.penstock.core.config.TrainingSpec;
import io.penstock.core.config.ViewSpec;
import io.penstock.core.model.Task;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/** The pipeline that the tests tell their stories with: three change logs of one shape, five views, one model. */
final class Story {
    static final Schedule DAILY = new Schedule(1, LocalTime.of(8, 0), ZoneOffset.UTC);
    static final UnitId FIRST = UnitId.of(LocalDate.of(2020, 1, 1));
    static final Duration HALF_DAY = Duration.ofHours(12);
    static final Duration DAY = Duration.ofDays(1);
    static final Duration TWO_DAYS = Duration.ofDays(2);
    static final Duration MAX_AGE = Duration.ofHours(36);
    static final List<Duration> WINDOWS = List.of(HALF_DAY, DAY, TWO_DAYS);

    static final StructType SHAPE = StructType.fromDDL("k string, e string, f string, n int, x double, b boolean, "
            + "_op string, _sequence string, _event_time timestamp, _known_at timestamp, _row_id string, "
            + "_file_id string, _position long, unit date");

    private Story() {}

    /** One bronze row. */
    record Fact(
            String k,
            String e,
            String f,
            Integer n,
            Double x,
            Boolean b,
            String op,
            String sequence,
            Instant event,
            Instant known,
            String rowId,
            long position,
            UnitId unit) {
        /** A fact that is known at the cut of its unit, and happened so long before it. */
        static Fact of(String k, Double x, Unit unit, Duration before) {
            Instant event = unit.cut().minus(before);
            String id = k + " " + x + " " + unit;
            return new Fact(k, "e", "f", 1, x, true, "+", "s", event, unit.cut(), id, 0, unit.id());
        }

        Row row() {
            return RowFactory.create(
                    k,
                    e,
                    f,
                    n,
                    x,
                    b,
                    op,
                    sequence,
                    Timestamp.from(event),
                    Timestamp.from(known),
                    rowId,
                    "file-" + rowId,
                    position,
                    Date.valueOf(unit.date()));
        }
    }

    static Unit unit(int day) {
        return DAILY.unit(FIRST.plusDays(day - 1L));
    }

    static List<Unit> units(int from, int to) {
        return DAILY.units(FIRST.plusDays(from - 1L), FIRST.plusDays(to - 1L));
    }

    static Function<String, Dataset<Row>> bronze(Map<String, List<Fact>> facts) {
        return name -> Sessions.shared()
                .createDataFrame(facts.get(name).stream().map(Fact::row).toList(), SHAPE);
    }

    /** The pipeline with all views; two of them need all history. */
    static PipelineConfig config() {
        return config(List.of("totals", "rates", "pairs", "last_fact", "fresh_fact", "last_state"));
    }

    /** Views of {@code facts} by {@code e}, each of the rows whose {@code e} begins with its name. */
    static PipelineConfig sums(Map<String, List<AggregateSpec>> aggregates) {
        Map<String, ViewSpec> views = new LinkedHashMap<>();
        aggregates.forEach((name, all) -> {
            Map<String, AggregateSpec> named = new LinkedHashMap<>();
            all.forEach(aggregate -> named.put(aggregate.name(), aggregate));
            views.put(
                    name,
                    view(
                            name,
                            "facts",
                            List.of("e"),
                            Optional.of("e like '" + name + "%'"),
                            named,
                            List.of(),
                            Optional.empty()));
        });
        return config(List.copyOf(views.keySet()), views, new LabelSpec("states", List.of("k"), "b", DAY));
    }

    static PipelineConfig config(List<String> used) {
        Map<String, ViewSpec> views = new LinkedHashMap<>();
        for (ViewSpec view : views()) {
            views.put(view.name(), view);
        }
        return config(used, views, new LabelSpec("states", List.of("k"), "x >= 1", TWO_DAYS));
    }

    /** The pipeline without a view, its labels otherwise. */
    static PipelineConfig labelled(LabelSpec label) {
        return config(List.of(), Map.of(), label);
    }

    private static PipelineConfig config(List<String> used, Map<String, ViewSpec> views, LabelSpec label) {
        Map<String, SourceSpec> sources = new LinkedHashMap<>();
        sources.put("asks", source("asks", Mode.APPEND));
        sources.put("facts", source("facts", Mode.APPEND));
        sources.put("states", source("states", Mode.UPSERT));
        sources.put("notes", source("notes", Mode.APPEND, List.of()));
        Map<String, ModelSpec> models = new LinkedHashMap<>();
        Map<String, String> rows = new LinkedHashMap<>();
        rows.put("who", "f");
        rows.put("number", "n + 0.5");
        rows.put("sure", "b");
        models.put(
                "late",
                new ModelSpec(
                        "late",
                        false,
                        new SpineSpec(
                                "asks",
                                Optional.empty(),
                                Map.of("PEN-SCO-001", "_event_time <= as_of - INTERVAL 3 DAYS")),
                        label,
                        used,
                        rows,
                        new TrainingSpec(
                                List.of(FIRST.plusDays(5)),
                                FIRST.plusDays(3).date(),
                                DAY,
                                1,
                                10,
                                2,
                                Map.of(),
                                Map.of(),
                                "full"),
                        new GateSpec(Task.binary().gateMetric(), 0.5, Optional.empty(), 0, List.of()),
                        new ScoringSpec(FIRST.plusDays(5), 3, 0.5, List.of("hold")),
                        ""));
        return new PipelineConfig(
                "story",
                "",
                "",
                DAILY,
                new Locations("", "", ""),
                sources,
                views,
                models,
                AirflowSpec.DEFAULT,
                List.of());
    }

    private static List<ViewSpec> views() {
        return List.of(
                view("totals", "facts", List.of("e"), Optional.empty(), all(), List.of(), Optional.empty()),
                view("rates", "states", List.of("e"), Optional.empty(), all(), List.of(), Optional.empty()),
                view(
                        "pairs",
                        "states",
                        List.of("e", "f"),
                        Optional.of("n > 0"),
                        some(),
                        List.of("n", "x", "b"),
                        Optional.of(MAX_AGE)),
                view(
                        "last_fact",
                        "facts",
                        List.of("e"),
                        Optional.empty(),
                        Map.of(),
                        List.of("n", "f"),
                        Optional.empty()),
                view(
                        "fresh_fact",
                        "facts",
                        List.of("e"),
                        Optional.of("n > 0"),
                        Map.of(),
                        List.of("n", "x"),
                        Optional.of(MAX_AGE)),
                view(
                        "last_state",
                        "states",
                        List.of("e"),
                        Optional.of("b"),
                        Map.of(),
                        List.of("n", "x"),
                        Optional.empty()));
    }

    private static SourceSpec source(String name, Mode mode) {
        return source(name, mode, List.of("k"));
    }

    private static SourceSpec source(String name, Mode mode, List<String> key) {
        return new SourceSpec(
                name,
                "",
                SourceSpec.Format.CSV,
                mode,
                key,
                Optional.empty(),
                Optional.empty(),
                "landed",
                "landed",
                SourceSpec.NewColumn.REJECT,
                List.of(),
                true,
                1.0,
                Map.of(),
                Map.of(),
                List.of(),
                "");
    }

    private static ViewSpec view(
            String name,
            String from,
            List<String> entity,
            Optional<String> where,
            Map<String, AggregateSpec> aggregates,
            List<String> latest,
            Optional<Duration> maxAge) {
        return new ViewSpec(name, 1, from, entity, where, aggregates, latest, maxAge, "");
    }

    private static Map<String, AggregateSpec> all() {
        Map<String, AggregateSpec> all = new LinkedHashMap<>();
        add(all, "rows", AggregateSpec.Function.COUNT, "*");
        add(all, "truths", AggregateSpec.Function.COUNT, "b");
        add(all, "present", AggregateSpec.Function.COUNT, "x");
        add(all, "sum_n", AggregateSpec.Function.SUM, "n");
        add(all, "sum_x", AggregateSpec.Function.SUM, "x");
        add(all, "rate", AggregateSpec.Function.MEAN, "b");
        add(all, "mean_n", AggregateSpec.Function.MEAN, "n");
        add(all, "mean_x", AggregateSpec.Function.MEAN, "x");
        return all;
    }

    private static Map<String, AggregateSpec> some() {
        Map<String, AggregateSpec> some = new LinkedHashMap<>();
        add(some, "rows", AggregateSpec.Function.COUNT, "*");
        add(some, "mean_x", AggregateSpec.Function.MEAN, "x");
        return some;
    }

    private static void add(Map<String, AggregateSpec> to, String name, AggregateSpec.Function function, String sql) {
        to.put(name, new AggregateSpec(name, function, sql, OptionalInt.of(2), WINDOWS));
    }
}
