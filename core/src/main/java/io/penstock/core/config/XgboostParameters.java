package io.penstock.core.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * The XGBoost parameters a pipeline may set. XGBoost itself drops an unknown or misspelled parameter in silence, so the
 * list is closed; what Penstock sets by itself (rounds, workers, threads, missing values) is not on it.
 */
public final class XgboostParameters implements TrainerParameters {
    /** Merged under every candidate's own parameters. */
    public static final Map<String, String> DEFAULTS =
            Map.of("objective", "binary:logistic", "eval_metric", "logloss", "tree_method", "hist", "seed", "7");

    private static final String IN_BITS = "; XGBoost computes with 32 bits, which hold 0 and from 1.2e-38 to 3.4e38";
    private static final double INFINITY = Double.POSITIVE_INFINITY;

    private static final Map<String, ParameterRule> ALLOWED = new TreeMap<>(Map.ofEntries(
            Map.entry("objective", ParameterRule.of("binary:logistic")),
            Map.entry("eval_metric", ParameterRule.of("logloss")),
            Map.entry("tree_method", ParameterRule.of("hist", "approx", "exact")),
            Map.entry("booster", ParameterRule.of("gbtree", "dart")),
            Map.entry("grow_policy", ParameterRule.of("depthwise", "lossguide")),
            Map.entry("sampling_method", ParameterRule.of("uniform")),
            Map.entry("seed", ParameterRule.whole(0, Integer.MAX_VALUE)),
            Map.entry("max_depth", ParameterRule.whole(0, 64)),
            Map.entry("max_leaves", ParameterRule.whole(0, 1 << 20)),
            Map.entry("max_bin", ParameterRule.whole(2, 65_536)),
            Map.entry("num_parallel_tree", ParameterRule.whole(1, 10_000)),
            Map.entry("eta", ParameterRule.above(0, 1)),
            Map.entry("gamma", ParameterRule.number(0, INFINITY)),
            Map.entry("min_child_weight", ParameterRule.number(0, INFINITY)),
            Map.entry("max_delta_step", ParameterRule.number(0, INFINITY)),
            Map.entry("subsample", ParameterRule.above(0, 1)),
            Map.entry("colsample_bytree", ParameterRule.above(0, 1)),
            Map.entry("colsample_bylevel", ParameterRule.above(0, 1)),
            Map.entry("colsample_bynode", ParameterRule.above(0, 1)),
            Map.entry("lambda", ParameterRule.number(0, INFINITY)),
            Map.entry("alpha", ParameterRule.number(0, INFINITY)),
            Map.entry("scale_pos_weight", ParameterRule.above(0, INFINITY)),
            Map.entry("base_score", ParameterRule.between(0, 1)),
            Map.entry("rate_drop", ParameterRule.number(0, 1)),
            Map.entry("skip_drop", ParameterRule.number(0, 1)),
            Map.entry("monotone_constraints", ParameterRule.text()),
            Map.entry("interaction_constraints", ParameterRule.text())));

    private static final String MONOTONE = "monotone_constraints";
    private static final Set<String> CONSTRAINTS = Set.of(MONOTONE, "interaction_constraints");

    private static final double USUAL_ETA = 0.3;
    /** Of the logarithm of the odds, in all rounds together. */
    private static final double LEAST_STEP = 1e-3;

    /** What makes one tree another than the next of its round. */
    private static final List<String> SAMPLING =
            List.of("subsample", "colsample_bytree", "colsample_bylevel", "colsample_bynode");

    /** Other names of a parameter, and the one that XGBoost4J-Spark declares: it drops all others. */
    private static final Map<String, String> ALIASES = Map.of(
            "learning_rate", "eta",
            "min_split_loss", "gamma",
            "reg_lambda", "lambda",
            "reg_alpha", "alpha",
            "random_state", "seed");

    /** Parameters that Penstock sets by itself, and the key to use instead. */
    private static final Map<String, String> MANAGED = Map.ofEntries(
            Map.entry("num_round", "training.rounds"),
            Map.entry("num_workers", "training.workers"),
            Map.entry("num_early_stopping_rounds", "training.early-stopping"),
            Map.entry("early_stopping_rounds", "training.early-stopping"),
            Map.entry("n_estimators", "training.rounds"),
            Map.entry("nthread", "spark.task.cpus"),
            Map.entry("missing", "nothing: a missing feature is always NaN"),
            Map.entry("device", "nothing: training runs on CPUs"),
            Map.entry("verbosity", "nothing: it is fixed"));

    @Override
    public String trainer() {
        return CandidateSpec.DEFAULT_TRAINER;
    }

    @Override
    public String title() {
        return "XGBoost";
    }

    @Override
    public Map<String, String> defaults() {
        return DEFAULTS;
    }

    @Override
    public List<String> names() {
        return List.copyOf(ALLOWED.keySet());
    }

    @Override
    public Map<String, String> aliases() {
        return ALIASES;
    }

    /** Constraints on inputs. */
    @Override
    public Set<String> structured() {
        return CONSTRAINTS;
    }

    @Override
    public void check(String name, String value, List<String> inputs, BiConsumer<String, String> problems) {
        if (!CONSTRAINTS.contains(name)) {
            return;
        }
        try {
            FeatureConstraints.requireEffect(name, value, inputs);
            FeatureConstraints.names(name, value).stream()
                    .filter(input -> !inputs.contains(input))
                    .forEach(input -> problems.accept(input, "no input " + input));
        } catch (IllegalArgumentException e) {
            problems.accept("", e.getMessage());
        }
    }

    /** Native code drops what does not apply, or ends its process. */
    @Override
    public Map<String, String> contradictions(
            Map<String, String> params, List<String> inputs, int workers, int rounds) {
        Map<String, String> found = new TreeMap<>();
        boolean isExact = params.getOrDefault("tree_method", "hist").equals("exact");
        if (isExact && workers > 1) {
            found.put(
                    "tree_method",
                    "exact runs on one worker only, and training.workers is " + workers
                            + ": use hist or approx, or training.workers = 1");
        }
        if (isExact) {
            for (String unused : List.of("max_bin", "max_leaves", "grow_policy", "colsample_bynode")) {
                found.put(unused, "is not used by tree_method = exact: remove it, or use hist");
            }
        }
        if (!params.getOrDefault("booster", "gbtree").equals("dart")) {
            for (String unused : List.of("rate_drop", "skip_drop")) {
                found.put(unused, "is used by booster = dart only: remove it, or add booster = dart");
            }
        }
        found.putAll(withoutEffect(params));
        if (number(params, "eta", USUAL_ETA) * rounds < LEAST_STEP) {
            found.put(
                    "eta",
                    "is " + params.get("eta") + ", which in training.rounds = " + rounds
                            + " moves no score: raise one of them");
        }
        boolean isUnbounded = params.getOrDefault("max_depth", "6").equals("0")
                && (isExact || params.getOrDefault("max_leaves", "0").equals("0"));
        if (isUnbounded) {
            found.put(
                    "max_depth",
                    "is 0, no bound"
                            + (isExact ? ", which exact does not take" : ": bound the tree by max_leaves then"));
        }
        for (String name : CONSTRAINTS) {
            misplaced(name, params, inputs).ifPresent(problem -> found.put(name, problem));
        }
        found.keySet().retainAll(params.keySet());
        return found;
    }

    private static Optional<String> misplaced(String name, Map<String, String> params, List<String> inputs) {
        String value = params.get(name);
        try {
            if (value != null && name.equals(MONOTONE)) {
                FeatureConstraints.monotone(value, inputs);
            } else if (value != null) {
                FeatureConstraints.interaction(value, inputs);
            }
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(e.getMessage());
        }
    }

    /** What native code takes and makes nothing of. */
    private static Map<String, String> withoutEffect(Map<String, String> params) {
        Map<String, String> found = new TreeMap<>();
        boolean isDart = params.getOrDefault("booster", "gbtree").equals("dart");
        if (isDart && number(params, "rate_drop", 0) == 0) {
            found.put(
                    "booster",
                    "is dart, which drops no tree unless rate_drop is above 0: add rate_drop, or use gbtree");
        } else if (isDart && number(params, "skip_drop", 0) == 1) {
            found.put("skip_drop", "is 1, so that no tree would ever be dropped: lower it, or use gbtree");
        }
        if (params.getOrDefault("max_leaves", "").equals("1")) {
            found.put(
                    "max_leaves", "is 1, a tree without a split, which learns nothing: use 0, no bound, or at least 2");
        }
        if (params.getOrDefault("grow_policy", "").equals("lossguide")
                && params.getOrDefault("max_leaves", "0").equals("0")) {
            found.put("grow_policy", "is lossguide, which changes nothing without a bound of leaves: add max_leaves");
        }
        boolean isSampled = SAMPLING.stream().anyMatch(name -> number(params, name, 1) < 1);
        if (number(params, "num_parallel_tree", 1) > 1 && !isSampled) {
            found.put(
                    "num_parallel_tree",
                    "would grow the same tree several times: add " + String.join(" or ", SAMPLING) + " below 1");
        }
        return found;
    }

    private static double number(Map<String, String> params, String name, double otherwise) {
        return Optional.ofNullable(params.get(name)).flatMap(Decimals::number).orElse(otherwise);
    }

    @Override
    public Optional<String> managedBy(String name) {
        return Optional.ofNullable(MANAGED.get(name));
    }

    @Override
    public Optional<String> violation(String name, String value) {
        ParameterRule rule = ALLOWED.get(name);
        Optional<String> found = rule.violation(value);
        boolean isCut = found.isEmpty() && rule.isFraction() && !isHeld(rule, Double.parseDouble(value));
        return isCut ? Optional.of(rule + IN_BITS) : found;
    }

    /** Native code refuses what it cannot read into 32 bits, and computes with what is left of the rest. */
    private static boolean isHeld(ParameterRule rule, double number) {
        double size = Math.abs(number);
        return size == 0 || size >= Float.MIN_NORMAL && size <= Float.MAX_VALUE && rule.holds((float) number);
    }
}
