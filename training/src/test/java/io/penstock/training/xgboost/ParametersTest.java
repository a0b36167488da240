package io.penstock.training.xgboost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.config.XgboostParameters;
import io.penstock.training.FitRequest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.scala.spark.XGBoostClassifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import scala.collection.JavaConverters;

/** What is accepted is declared by XGBoost4J-Spark, which drops all else, is handed over, and changes what is learnt. */
class ParametersTest {
    private static final List<String> FEATURES = List.of("a", "b", "c");
    private static final int ROWS = 600;
    private static final XgboostParameters ACCEPTED = new XgboostParameters();

    /**
     * Parameters that take one value only, so that they change nothing. Of {@code booster} native code goes by
     * {@code rate_drop}, whatever it says: {@code dart} only declares that trees are dropped.
     */
    private static final Set<String> FIXED = Set.of("objective", "eval_metric", "sampling_method", "booster");

    /** Parameter and value; what has to be set beside it to matter. */
    private static final Map<String, String[]> OTHER = Map.ofEntries(
            Map.entry("tree_method", new String[] {"exact"}),
            Map.entry("grow_policy", new String[] {"lossguide", "max_leaves=4"}),
            Map.entry("seed", new String[] {"8", "subsample=0.5"}),
            Map.entry("max_depth", new String[] {"1"}),
            Map.entry("max_leaves", new String[] {"2"}),
            Map.entry("max_bin", new String[] {"4"}),
            Map.entry("num_parallel_tree", new String[] {"3", "subsample=0.5"}),
            Map.entry("eta", new String[] {"0.05"}),
            Map.entry("gamma", new String[] {"20"}),
            Map.entry("min_child_weight", new String[] {"40"}),
            Map.entry("max_delta_step", new String[] {"0.1"}),
            Map.entry("subsample", new String[] {"0.5"}),
            Map.entry("colsample_bytree", new String[] {"0.4"}),
            Map.entry("colsample_bylevel", new String[] {"0.4"}),
            Map.entry("colsample_bynode", new String[] {"0.4"}),
            Map.entry("lambda", new String[] {"50"}),
            Map.entry("alpha", new String[] {"20"}),
            Map.entry("scale_pos_weight", new String[] {"4"}),
            Map.entry("base_score", new String[] {"0.9"}),
            Map.entry("rate_drop", new String[] {"0.9", "booster=dart"}),
            Map.entry("skip_drop", new String[] {"0.9", "booster=dart", "rate_drop=0.9"}),
            Map.entry("monotone_constraints", new String[] {"{\"a\": -1}"}),
            Map.entry("interaction_constraints", new String[] {"[[\"a\"],[\"b\",\"c\"]]"}));

    @Test
    void whatIsAcceptedIsWhatTheLibraryDeclares() {
        XGBoostClassifier library = new XGBoostClassifier();

        assertThat(ACCEPTED.names()).allMatch(library::hasParam);
        assertThat(ACCEPTED.aliases().values()).isSubsetOf(ACCEPTED.names());
        assertThat(ACCEPTED.aliases().keySet()).noneMatch(library::hasParam);
    }

    @Test
    void eachAcceptedParameterChangesWhatIsLearnt() throws Exception {
        Set<String> tried = new TreeSet<>(FIXED);
        tried.addAll(OTHER.keySet());
        assertThat(tried).isEqualTo(new TreeSet<>(ACCEPTED.names()));

        for (Map.Entry<String, String[]> other : OTHER.entrySet()) {
            Map<String, String> without = new HashMap<>(XgboostParameters.DEFAULTS);
            for (int i = 1; i < other.getValue().length; i++) {
                String[] beside = other.getValue()[i].split("=", 2);
                without.put(beside[0], beside[1]);
            }
            Map<String, String> with = new HashMap<>(without);
            with.put(other.getKey(), other.getValue()[0]);

            assertThat(learnt(with)).as(other.getKey()).isNotEqualTo(learnt(without));
        }
    }

    /** Why these are refused when a configuration is loaded: native code takes them and makes nothing of them. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "booster=dart",
                "booster=dart;skip_drop=0.5",
                "booster=dart;rate_drop=0.5;skip_drop=1",
                "grow_policy=lossguide",
                "num_parallel_tree=3",
                "monotone_constraints=(0,0,0)",
                "interaction_constraints=[[]]",
                "interaction_constraints=[[0],[0,1,2]]"
            })
    void whatIsRefusedAsWithoutEffectHasNone(String params) throws Exception {
        assertThat(learnt(with(params)))
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-6f ? 0 : 1)
                .isEqualTo(learnt(XgboostParameters.DEFAULTS));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"eta=0", "eta=1e-9", "max_leaves=1", "max_leaves=1;tree_method=approx", "scale_pos_weight=0"})
    void whatIsRefusedAsTeachingNothingGivesEachRowTheSame(String params) throws Exception {
        assertThat(new HashSet<>(learnt(with(params)))).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lambda=1e300", "alpha=1e-60", "subsample=1e-60", "gamma=1e-40"})
    void whatIsRefusedAsBeyond32BitsNativeCodeCannotRead(String params) {
        assertThatThrownBy(() -> learnt(with(params))).hasMessageContaining("Out of range value");
    }

    private static Map<String, String> with(String params) {
        Map<String, String> with = new HashMap<>(XgboostParameters.DEFAULTS);
        for (String param : params.split(";")) {
            with.put(param.split("=", 2)[0], param.split("=", 2)[1]);
        }
        return with;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            eta                     | 0.05                        | 0.05
            max_leaves              | 7                           | 7
            monotone_constraints    | {"c": -1, "a": 1}           | (1,0,-1)
            monotone_constraints    | (0,1,0)                     | (0,1,0)
            interaction_constraints | [["a"],["b","c"]]           | [[0],[1,2]]
            interaction_constraints | [["a","elsewhere"],["c"]]   | [[0],[2]]
            """)
    void aParameterIsHandedOverAsNativeCodeReadsIt(String name, String value, String handed) {
        assertThat(handed(Map.of(name, value))).containsEntry(name, handed);
    }

    private static Map<String, String> handed(Map<String, String> params) {
        XGBoostClassifier classifier =
                XgboostTrainer.classifier(new FitRequest(FEATURES, List.of("id"), params, 1, 5, 0));
        Map<String, String> handed = new TreeMap<>();
        JavaConverters.mapAsJavaMap(classifier.getXGBoostParams())
                .forEach((name, value) -> handed.put(name, String.valueOf(value)));
        return handed;
    }

    /** Predictions of a model fitted by native code with what the estimator would hand to it. */
    private static List<Float> learnt(Map<String, String> params) throws Exception {
        Random random = new Random(7);
        float[] values = new float[ROWS * FEATURES.size()];
        float[] labels = new float[ROWS];
        for (int row = 0; row < ROWS; row++) {
            for (int f = 0; f < FEATURES.size(); f++) {
                values[row * FEATURES.size() + f] = random.nextFloat();
            }
            float a = values[row * FEATURES.size()];
            float b = values[row * FEATURES.size() + 1];
            labels[row] = random.nextFloat() < 0.2 + 0.5 * a * b + 0.2 * a ? 1 : 0;
        }
        DMatrix rows = new DMatrix(values, ROWS, FEATURES.size(), Float.NaN);
        rows.setLabel(labels);
        Map<String, Object> given = new HashMap<>(handed(params));
        given.keySet().removeAll(new HashSet<>(List.of("missing", "feature_names", "feature_types", "nthread")));
        given.put("verbosity", "0");
        Booster booster = XGBoost.train(rows, given, 8, Map.of(), null, null);
        return java.util.Arrays.stream(booster.predict(rows)).map(row -> row[0]).toList();
    }
}
