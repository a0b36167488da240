package io.penstock.jobs.stage;

import io.penstock.core.ErrorCode;
import io.penstock.core.Intent;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.delta.Publication;
import io.penstock.core.delta.Target;
import io.penstock.core.history.Fact;
import io.penstock.core.history.History;
import io.penstock.core.history.MetricFacts;
import io.penstock.core.model.Measured;
import io.penstock.core.model.Metric;
import io.penstock.core.model.Task;
import io.penstock.core.sql.UnitColumn;
import io.penstock.features.Labels;
import io.penstock.ingestion.take.UnitInputs;
import io.penstock.jobs.run.StageContext;
import io.penstock.jobs.run.StageJob;
import io.penstock.scoring.RealizedPerformance;
import io.penstock.scoring.ScoreCounts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * How published scores did, once their labels are mature: at each unit, the scored units that matured in it, and all that
 * matured within the last {@value #WINDOW_DAYS} days together.
 */
public final class EvaluateJob implements StageJob {
    /** Raised when the output changes meaning: everything is made again then. */
    static final int LOGIC_VERSION = 2;

    private static final int WINDOW_DAYS = 30;

    /** What metrics of all scored units of the window begin with, and its first and last unit. */
    public static final String WINDOW = "window_";

    public static final Fact<String> WINDOW_FROM = Fact.text("window_from");
    public static final Fact<String> WINDOW_TO = Fact.text("window_to");
    private static final Fact<String> SCORED_UNIT = Fact.text("scored_unit");
    private static final String NO_LABEL = ErrorCode.NO_LABEL.code();
    private final PipelineConfig config;
    private final ModelSpec model;

    public EvaluateJob(PipelineConfig config, ModelSpec model) {
        this.config = config;
        this.model = model;
    }

    @Override
    public Stage stage() {
        return Stage.EVALUATE;
    }

    @Override
    public String subject() {
        return model.name();
    }

    @Override
    public Recipe recipe() {
        Map<String, Object> parts = new TreeMap<>();
        parts.put("label", Definitions.label(model));
        return Recipe.of(Stage.EVALUATE, LOGIC_VERSION, parts);
    }

    @Override
    public List<Recipe> former() {
        return List.of(FormerRecipes.evaluation(model));
    }

    /** A unit evaluates what matures in it: the first one comes when the first scored unit has matured. */
    @Override
    public boolean takes(Unit unit) {
        return !maturing(unit).isEmpty();
    }

    @Override
    public List<Need> needs() {
        return List.of(Need.of(new IngestJob(config)));
    }

    @Override
    public Optional<String> inputContent(Unit unit, History history) {
        return Optional.of(history.takenUpTo(unit.id()));
    }

    @Override
    public List<String> outputs() {
        return List.of(Tables.performance(model));
    }

    /** Scored units whose labels mature in (previous cut, cut] of the unit. */
    private List<Unit> maturing(Unit unit) {
        return scoredUpTo(unit).stream()
                .filter(scored -> matured(scored).isAfter(unit.previousCut()))
                .toList();
    }

    private List<Unit> scoredUpTo(Unit unit) {
        UnitId from = model.scoring().from();
        UnitId earliest = unit.id().minusDays(WINDOW_DAYS);
        // A month is longer than the window, and so is the time that some labels take: those that mature now count,
        // too.
        UnitId maturing = config.schedule()
                .previous(unit.id())
                .minusDays(model.label().maturesAfter().toDays() + 1);
        UnitId first = earliest.isBefore(maturing) ? earliest : maturing;
        UnitId start = from.isAfter(first) ? from : first;
        if (start.isAfter(unit.id())) {
            return List.of();
        }
        return config.schedule().units(start, unit.id()).stream()
                .filter(scored -> !matured(scored).isAfter(unit.cut()))
                .filter(scored ->
                        !scored.id().isBefore(earliest) || matured(scored).isAfter(unit.previousCut()))
                .toList();
    }

    private Instant matured(Unit scored) {
        return scored.cut().plus(model.label().maturesAfter());
    }

    @Override
    public Outcome execute(List<Unit> units, Intent intent, UnitInputs taken, StageContext work) {
        String label = Tables.bronze(model.label().from());
        Pin.TablePin labels = new Pin.TablePin(label, work.tables().version(label), 0);
        Pin.TablePin scores =
                new Pin.TablePin(Tables.scores(model), work.tables().version(Tables.scores(model)), 0);
        List<Row> rows = new ArrayList<>();
        Map<UnitId, Map<String, String>> facts = new TreeMap<>();
        if (scores.version() >= 0) {
            for (Unit unit : units) {
                facts.put(unit.id(), evaluate(unit, work, labels, scores, rows));
            }
        }
        Publication publication = work.publication(intent);
        Publishing publishing = new Publishing(publication, units);
        units.forEach(unit -> publishing.verdict(unit, withoutLabels(unit, labelled(unit, rows), work.history())));
        Dataset<Row> table = work.spark()
                .createDataFrame(rows, schema(model.task(), units.get(0).id().isDate()));
        publishing.add(publication.stage(
                Tables.target(
                        Tables.performance(model),
                        "How scores did once labels were mature",
                        List.of("scored_unit"),
                        List.of(),
                        Target.Scope.UNITS),
                table));
        List<Pin> inputs = List.of(labels, scores);
        return new Outcome(
                publishing.commit(
                        unit -> intent.inputContents().get(unit.id()),
                        unit -> inputs,
                        unit -> facts.getOrDefault(unit.id(), Map.of())),
                List.of());
    }

    /** What is measured the task says; the metric that its gate goes by is measured of the whole window as well. */
    static StructType schema(Task task, boolean isDate) {
        StructType schema = new StructType()
                .add("unit", UnitColumn.type(isDate))
                .add("scored_unit", UnitColumn.type(isDate))
                .add("labelled", DataTypes.LongType);
        for (String count : task.counts()) {
            schema = schema.add(count, DataTypes.LongType);
        }
        for (Metric metric : task.metrics()) {
            schema = schema.add(metric.name(), DataTypes.DoubleType);
        }
        return schema.add("window_labelled", DataTypes.LongType)
                .add("window_" + task.gateMetric().name(), DataTypes.DoubleType);
    }

    static Row row(Task task, Unit unit, Unit scored, Measured measured, Measured window) {
        List<Object> values = new ArrayList<>();
        values.add(unit.id().cell());
        values.add(scored.id().cell());
        values.add(measured.rows());
        task.counts().forEach(count -> values.add(measured.count(count)));
        task.metrics().forEach(metric -> values.add(finite(measured.value(metric))));
        values.add(window.rows());
        values.add(finite(window.value(task.gateMetric())));
        return RowFactory.create(values.toArray());
    }

    private static Set<UnitId> labelled(Unit unit, List<Row> evaluated) {
        return evaluated.stream()
                .filter(row -> UnitId.ofCell(row.get(0)).equals(unit.id()))
                .map(row -> UnitId.ofCell(row.get(1)))
                .collect(Collectors.toSet());
    }

    /** Units that were scored, whose labels are mature, and of which none came. */
    List<Verdict> withoutLabels(Unit unit, Set<UnitId> labelled, History history) {
        return maturing(unit).stream()
                .filter(scored -> !labelled.contains(scored.id()))
                .flatMap(scored -> withoutLabels(scored, history).stream())
                .toList();
    }

    private Optional<Verdict> withoutLabels(Unit scored, History history) {
        long rows = history.done(Stage.SCORE, model.name(), scored.id())
                .map(manifest ->
                        (long) MetricFacts.of(manifest, ScoreCounts.SCORED).orElse(0))
                .orElse(0L);
        return rows == 0
                ? Optional.empty()
                : model.monitoring()
                        .onNoLabel()
                        .verdict(
                                Tables.performance(model),
                                "labels of " + scored + " >= 1",
                                0,
                                NO_LABEL + " none of the " + rows + " rows scored for " + scored
                                        + " has a label, though labels are mature");
    }

    private Map<String, String> evaluate(
            Unit unit, StageContext work, Pin.TablePin labels, Pin.TablePin scores, List<Row> rows) {
        List<Unit> window = scoredUpTo(unit);
        List<RealizedPerformance.Outcome> outcomes = outcomes(unit, window, work, labels, scores);
        Task task = model.task();
        Measured all = RealizedPerformance.of(task, outcomes);
        Map<UnitId, Measured> byUnit = RealizedPerformance.byUnit(task, outcomes);
        Map<String, String> facts = new LinkedHashMap<>();
        for (Unit scored : maturing(unit)) {
            Measured realized = byUnit.get(scored.id());
            if (realized != null) {
                rows.add(row(task, unit, scored, realized, all));
                task.metrics().forEach(metric -> MetricFacts.put(facts, metric.name(), realized.value(metric)));
                SCORED_UNIT.put(facts, scored.toString());
            }
        }
        if (all.rows() > 0) {
            Metric metric = task.gateMetric();
            MetricFacts.put(facts, WINDOW + metric.name(), all.value(metric));
            MetricFacts.put(facts, WINDOW + "labelled", all.rows());
            WINDOW_FROM.put(facts, window.get(0).toString());
            WINDOW_TO.put(facts, window.get(window.size() - 1).toString());
        }
        return facts;
    }

    private List<RealizedPerformance.Outcome> outcomes(
            Unit unit, List<Unit> window, StageContext work, Pin.TablePin labels, Pin.TablePin scores) {
        Dataset<Row> known = Labels.known(config, model, unit, work.tables().read(labels.table(), labels.version()));
        long differing = 0;
        Column[] columns = {
            functions.col("unit").cast("string"),
            functions.col("score"),
            functions.col("label"),
            functions.col(Labels.DIFFERS)
        };
        List<RealizedPerformance.Outcome> outcomes = new ArrayList<>();
        Dataset<Row> scored = work.tables()
                .read(scores.table(), scores.version())
                .filter(functions
                        .col("unit")
                        .isin(window.stream()
                                .map(matured -> matured.id().cell())
                                .toArray()))
                .filter(functions.col("score").isNotNull());
        for (Row row : scored.join(known, model.label().on().toArray(String[]::new), "inner")
                .select(columns)
                .collectAsList()) {
            if (row.getBoolean(3)) {
                differing++;
                continue;
            }
            outcomes.add(new RealizedPerformance.Outcome(
                    UnitId.parse(row.getString(0)), row.getDouble(1), row.getDouble(2)));
        }
        if (differing > 0) {
            work.progress()
                    .warning(ErrorCode.AMBIGUOUS_LABEL + " models." + model.name() + ".label: " + differing
                            + " scores are not judged, since rows of the label's source differ for each of them");
        }
        return outcomes;
    }

    private static Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
