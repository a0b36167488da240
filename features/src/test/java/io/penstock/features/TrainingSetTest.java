package io.penstock.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.config.LabelSpec;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SpineSpec;
import io.penstock.features.Story.Fact;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TrainingSetTest {
    private static final long SEED = 7;
    private static final PipelineConfig CONFIG = Story.config();
    private static final ModelSpec MODEL = CONFIG.models().get("late");
    private static final List<Unit> UNITS = Story.units(1, Histories.UNITS);
    private static final Unit TRAINING = Story.unit(6);

    private static Map<String, List<Fact>> facts;
    private static Function<String, Dataset<Row>> bronze;
    private static Map<String, Dataset<Row>> tables;

    @BeforeAll
    static void computeTheViews() {
        facts = Histories.generate(SEED, 30);
        Map<String, Dataset<Row>> logs = new HashMap<>();
        facts.keySet()
                .forEach(name -> logs.put(name, Story.bronze(facts).apply(name).cache()));
        bronze = logs::get;
        tables = new HashMap<>();
        FeatureViews.compute(CONFIG, UNITS, bronze)
                .tables()
                .forEach((name, table) -> tables.put(name, table.localCheckpoint()));
    }

    @Test
    void everySpineRowGetsItsInputsAsKnownAtItsCut() {
        Map<String, List<Object>> expected = new TreeMap<>();
        Oracle oracle = new Oracle(facts);
        for (Unit unit : UNITS) {
            for (Fact ask : oracle.asks(unit)) {
                List<Object> row = new ArrayList<>();
                row.add(held(ask, unit) ? "PEN-SCO-001" : null);
                row.add(ask.f());
                row.add(ask.n() == null ? null : ask.n() + 0.5);
                row.add(ask.b());
                for (String view : MODEL.views()) {
                    row.addAll(known(oracle, view, ask, unit));
                }
                expected.put(ask.k() + " " + unit, row);
            }
        }

        Dataset<Row> joined = FeatureVectors.join(CONFIG, MODEL, UNITS, bronze.apply("asks"), tables::get)
                .withColumn("number", functions.col("number").cast("double"));

        assertThat(List.of(joined.columns()).subList(0, 8))
                .containsExactly("k", "unit", "as_of", "code", "who", "number", "sure", "totals_rows_12h");
        assertThat(List.of(joined.columns()).subList(4, joined.columns().length))
                .isEqualTo(FeatureVectors.names(CONFIG, MODEL));
        Map<String, List<Object>> actual = new TreeMap<>();
        joined.collectAsList()
                .forEach(row -> actual.put(
                        row.getString(0) + " " + row.get(1),
                        scala.collection.JavaConverters.seqAsJavaList(row.toSeq())
                                .subList(3, row.size())));
        assertThat(actual).isEqualTo(expected);
    }

    @Test
    void everyHoldConditionThatIsTrueIsACodeOfTheRow() {
        Map<String, String> hold = new LinkedHashMap<>();
        hold.put("OLD", "_event_time <= as_of - INTERVAL 4 DAYS");
        hold.put("PEN-SCO-001", "_event_time <= as_of - INTERVAL 3 DAYS");
        ModelSpec model = new ModelSpec(
                MODEL.name(),
                false,
                new SpineSpec(MODEL.spine().from(), Optional.empty(), hold),
                MODEL.label(),
                List.of(),
                MODEL.rows(),
                MODEL.training(),
                MODEL.gate(),
                MODEL.scoring(),
                "");

        Dataset<Row> joined = FeatureVectors.joinWithCodes(CONFIG, model, UNITS, bronze.apply("asks"), tables::get);

        assertThat(joined.columns()).endsWith("sure", FeatureVectors.CODES);
        assertThat(joined.selectExpr("concat_ws(' ', code, size(_codes), array_join(_codes, ' '))")
                        .distinct()
                        .collectAsList())
                .extracting(row -> row.getString(0))
                .containsExactlyInAnyOrder("0 ", "PEN-SCO-001 1 PEN-SCO-001", "OLD 2 OLD PEN-SCO-001");
    }

    @Test
    void onlyMatureRowsWithAKnownLabelAreTrainedOn() {
        Map<String, String> expected = new TreeMap<>();
        int knowing = 0;
        TreeSet<String> seen = new TreeSet<>();
        Oracle oracle = new Oracle(facts);
        for (Unit unit : Story.units(1, 4)) {
            String split = List.of("train", "train", "validation", "test")
                    .get(unit.id().date().getDayOfMonth() - 1);
            for (Fact ask : oracle.asks(unit)) {
                Double outcome = outcome(ask.k());
                if (outcome != null && !held(ask, unit) && knewItsOutcome(ask, unit)) {
                    knowing++;
                } else if (outcome != null && !held(ask, unit)) {
                    expected.put(ask.k() + " " + unit, (outcome >= 1 ? 1.0 : 0.0) + " 1.0 " + split);
                    if (ask.f() != null && !split.equals("test")) {
                        seen.add(ask.f());
                    }
                }
            }
        }

        TrainingSet set = build(UNITS);

        Map<String, String> actual = new TreeMap<>();
        for (Row row :
                set.rows().select("k", "unit", "label", "weight", "split").collectAsList()) {
            actual.put(row.getString(0) + " " + row.get(1), row.get(2) + " " + row.get(3) + " " + row.get(4));
        }
        assertThat(actual).isEqualTo(expected).hasSizeGreaterThan(25);
        assertThat(set.knowing()).isEqualTo(new TrainingSet.Knowing(knowing, (long) knowing + expected.size(), false));
        assertThat(knowing).isGreaterThan(25);
        assertThat(set.dictionaries().get("who")).containsExactlyElementsOf(seen);
        assertThat(set.dictionaries()).containsOnlyKeys("who", "last_fact_f");
        set.inputs()
                .forEach(name -> assertThat(
                                set.rows().schema().apply(name).dataType().typeName())
                        .isEqualTo("double"));
    }

    @Test
    void noMatureUnitIsRefused() {
        assertThatThrownBy(() -> build(Story.units(5, 6)))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-FEA-005 Cannot build a training set");
    }

    /** Labels of a source without a key, of which one says nothing and two say the same. */
    @Test
    void labelsAreMatchedByTheirColumnsAndThoseThatDifferAreRefused() {
        LabelSpec label = new LabelSpec("notes", List.of("k"), "x >= 1", Duration.ZERO);
        List<Fact> asks = new ArrayList<>();
        List<Fact> notes = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Fact ask = Fact.of("k" + i, 1.0 * i, Story.unit(3), Duration.ofHours(1));
            asks.add(ask);
            notes.add(Fact.of("k" + i, 1.0 * i, Story.unit(4), Duration.ofHours(1)));
        }
        notes.add(Fact.of("k0", null, Story.unit(4), Duration.ofHours(2)));
        notes.add(Fact.of("k1", 7.0, Story.unit(4), Duration.ofHours(2)));
        Fact other = Fact.of("k2", 0.0, Story.unit(5), Duration.ofHours(2));

        assertThat(labels(label, asks, notes))
                .hasSize(6)
                .containsEntry("k0", 0.0)
                .containsEntry("k1", 1.0);

        notes.add(other);
        assertThatThrownBy(() -> labels(label, asks, notes))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-FEA-022 Cannot label 1 of 6 rows")
                .hasMessageContaining("k2");
        assertThat(labels(label.with(LabelSpec.Several.LAST, LabelSpec.Known.DROP), asks, notes))
                .containsEntry("k2", 0.0);
    }

    @Test
    void rowsThatKnowTheirLabelAreKeptWhereThatIsDeclared() {
        LabelSpec label = new LabelSpec("notes", List.of("k"), "x >= 1", Duration.ZERO);
        List<Fact> asks = List.of(
                Fact.of("old", 1.0, Story.unit(3), Duration.ofHours(1)),
                Fact.of("new", 1.0, Story.unit(3), Duration.ofHours(1)));
        List<Fact> notes = List.of(
                Fact.of("old", 1.0, Story.unit(3), Duration.ofDays(300)),
                Fact.of("new", 1.0, Story.unit(4), Duration.ofHours(30)));

        assertThat(labels(label, asks, notes)).containsOnlyKeys("new");
        assertThat(labels(label.with(LabelSpec.Several.REFUSE, LabelSpec.Known.KEEP), asks, notes))
                .containsOnlyKeys("old", "new");
    }

    private static Map<String, Double> labels(LabelSpec label, List<Fact> asks, List<Fact> notes) {
        PipelineConfig config = Story.labelled(label);
        Function<String, Dataset<Row>> logs = Story.bronze(Map.of("asks", asks, "notes", notes));
        Map<String, Double> labels = new TreeMap<>();
        TrainingSet.build(
                        config,
                        config.models().get("late"),
                        TRAINING,
                        UNITS,
                        logs.apply("asks"),
                        logs.apply("notes"),
                        view -> {
                            throw new IllegalArgumentException(view);
                        })
                .rows()
                .collectAsList()
                .forEach(row -> labels.put(row.getString(0), row.getAs("label")));
        return labels;
    }

    @Test
    void textThatTrainingDidNotSeeIsMissing() {
        Dataset<Row> text = Sessions.shared().sql("SELECT * FROM VALUES ('b'), ('a'), (NULL), ('new') AS t(c)");
        Dataset<Row> seen = text.filter("c != 'new' OR c IS NULL");

        Map<String, List<String>> learned = CategoryIndex.learn(seen, List.of("c"));

        assertThat(learned).isEqualTo(Map.of("c", List.of("a", "b")));
        List<Object> codes = new ArrayList<>();
        CategoryIndex.encode(text, List.of("c"), learned).collectAsList().forEach(row -> codes.add(row.get(0)));
        assertThat(codes).containsExactly(1.0, 0.0, null, null);
        assertThat(text.filter(CategoryIndex.unseen(List.of("c"), learned)).collectAsList())
                .extracting(row -> row.getString(0))
                .containsExactly("new");
    }

    private static TrainingSet build(List<Unit> units) {
        return TrainingSet.build(
                CONFIG, MODEL, TRAINING, units, bronze.apply("asks"), bronze.apply("states"), tables::get);
    }

    private static boolean held(Fact ask, Unit unit) {
        return !ask.event().isAfter(unit.cut().minus(Duration.ofDays(3)));
    }

    private static boolean knewItsOutcome(Fact ask, Unit unit) {
        return facts.get("states").stream()
                .anyMatch(fact -> fact.k().equals(ask.k())
                        && fact.op().equals("+")
                        && fact.x() != null
                        && !fact.known().isAfter(unit.cut())
                        && !fact.unit().isAfter(unit.id()));
    }

    private static List<Object> known(Oracle oracle, String view, Fact ask, Unit unit) {
        boolean nobody = ask.e() == null || view.equals("pairs") && ask.f() == null;
        int width = FeatureViews.features(CONFIG.features().get(view)).size();
        return nobody ? Collections.nCopies(width, null) : oracle.features(view, ask.e(), ask.f(), unit);
    }

    /** The value of the last version of the key known at the training cut; NULL when deleted, absent or empty. */
    private static Double outcome(String key) {
        return facts.get("states").stream()
                .filter(fact -> fact.k().equals(key) && !fact.known().isAfter(TRAINING.cut()))
                .max(Comparator.comparing(Fact::sequence)
                        .thenComparing(Fact::known)
                        .thenComparing(Fact::position)
                        .thenComparing(Fact::rowId))
                .filter(fact -> fact.op().equals("+"))
                .map(Fact::x)
                .orElse(null);
    }
}
