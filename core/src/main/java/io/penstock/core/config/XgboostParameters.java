package io.penstock.core.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The XGBoost parameters a pipeline may set. XGBoost itself drops an unknown or misspelled parameter in silence, so the
 * list is closed; what Penstock sets by itself (rounds, workers, threads, missing values) is not on it.
 */
public final class XgboostParameters {
    /** Merged under every candidate's own parameters. */
    public static final Map<String, String> DEFAULTS =
            Map.of("objective", "binary:logistic", "eval_metric", "logloss", "tree_method", "hist", "seed", "7");

    private static final double INFINITY = Double.POSITIVE_INFINITY;

    private static final Map<String, Rule> ALLOWED = new TreeMap<>(Map.ofEntries(
            Map.entry("objective", Rule.of("binary:logistic")),
            Map.entry("eval_metric", Rule.of("logloss")),
            Map.entry("tree_method", Rule.of("hist", "approx", "exact")),
            Map.entry("booster", Rule.of("gbtree", "dart")),
            Map.entry("grow_policy", Rule.of("depthwise", "lossguide")),
            Map.entry("sampling_method", Rule.of("uniform")),
            Map.entry("seed", Rule.whole(0, Integer.MAX_VALUE)),
            Map.entry("max_depth", Rule.whole(0, 64)),
            Map.entry("max_leaves", Rule.whole(0, 1 << 20)),
            Map.entry("max_bin", Rule.whole(2, 65_536)),
            Map.entry("num_parallel_tree", Rule.whole(1, 10_000)),
            Map.entry("eta", Rule.above(0, 1)),
            Map.entry("gamma", Rule.number(0, INFINITY)),
            Map.entry("min_child_weight", Rule.number(0, INFINITY)),
            Map.entry("max_delta_step", Rule.number(0, INFINITY)),
            Map.entry("subsample", Rule.above(0, 1)),
            Map.entry("colsample_bytree", Rule.above(0, 1)),
            Map.entry("colsample_bylevel", Rule.above(0, 1)),
            Map.entry("colsample_bynode", Rule.above(0, 1)),
            Map.entry("lambda", Rule.number(0, INFINITY)),
            Map.entry("alpha", Rule.number(0, INFINITY)),
            Map.entry("scale_pos_weight", Rule.above(0, INFINITY)),
            Map.entry("base_score", Rule.between(0, 1)),
            Map.entry("rate_drop", Rule.number(0, 1)),
            Map.entry("skip_drop", Rule.number(0, 1)),
            Map.entry("monotone_constraints", Rule.text()),
            Map.entry("interaction_constraints", Rule.text())));

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

    private XgboostParameters() {}

    /** All names that the library has, sorted. */
    public static List<String> names() {
        return List.copyOf(ALLOWED.keySet());
    }

    /** Other spellings that are taken for one of {@link #names}. */
    public static Map<String, String> aliases() {
        return ALIASES;
    }

    /** The library's own name of a parameter. */
    static String own(String name) {
        return ALIASES.getOrDefault(name, name);
    }

    public static boolean isKnown(String name) {
        return ALLOWED.containsKey(name);
    }

    /**
     * What is wrong with parameters that are each fine: parameter → what is wrong with it. Native code drops what does not
     * apply, or ends its process.
     *
     * @param params with the defaults, by the library's own names
     */
    static Map<String, String> contradictions(Map<String, String> params, int workers, int rounds) {
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
        found.keySet().retainAll(params.keySet());
        return found;
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

    /** What to use in place of a parameter that Penstock sets by itself. */
    static Optional<String> managedBy(String name) {
        return Optional.ofNullable(MANAGED.get(name));
    }

    /** What the value of a known parameter must be, or empty if it is fine. */
    static Optional<String> violation(String name, String value) {
        return ALLOWED.get(name).violation(value);
    }

    /** @param isAbove whether the lower bound itself is too low */
    private record Rule(List<String> choices, boolean whole, double min, double max, boolean isAbove) {
        private static final String IN_BITS =
                "; XGBoost computes with 32 bits, which hold 0 and from 1.2e-38 to 3.4e38";

        /** Above the one and below the other. */
        static Rule between(double min, double max) {
            return new Rule(List.of(), false, min, Math.nextDown(max), true);
        }

        static Rule above(double min, double max) {
            return new Rule(List.of(), false, min, max, true);
        }

        static Rule of(String... choices) {
            return new Rule(List.of(choices), false, 0, 0, false);
        }

        static Rule whole(int min, int max) {
            return new Rule(List.of(), true, min, max, false);
        }

        static Rule number(double min, double max) {
            return new Rule(List.of(), false, min, max, false);
        }

        static Rule text() {
            return new Rule(List.of(), false, -INFINITY, INFINITY, false);
        }

        Optional<String> violation(String value) {
            if (!choices.isEmpty()) {
                return violationUnless(choices.contains(value));
            }
            if (Double.isInfinite(min)) {
                return violationUnless(!value.isBlank());
            }
            Optional<Double> number = whole ? Decimals.whole(value).map(Integer::doubleValue) : Decimals.number(value);
            if (number.isEmpty() || !holds(number.get()) || whole) {
                return violationUnless(number.filter(this::holds).isPresent());
            }
            // Native code refuses what it cannot read into 32 bits, and computes with what is left of the rest
            double size = Math.abs(number.get());
            boolean isHeld = size == 0 || size >= Float.MIN_NORMAL && size <= Float.MAX_VALUE;
            return isHeld && holds((float) size) ? Optional.empty() : Optional.of(this + IN_BITS);
        }

        private Optional<String> violationUnless(boolean isFine) {
            return isFine ? Optional.empty() : Optional.of(toString());
        }

        private boolean holds(double number) {
            return (isAbove ? number > min : number >= min) && number <= max;
        }

        @Override
        public String toString() {
            if (!choices.isEmpty()) {
                return "one of " + String.join(", ", choices);
            }
            String kind = whole ? "a whole number" : "a number";
            if (Double.isInfinite(min)) {
                return "text";
            }
            String low = (isAbove ? "above " : "of at least ") + (long) min;
            String high = max == Math.nextDown(1.0) ? " and below 1" : " and at most " + (long) max;
            return kind + " " + low + (Double.isInfinite(max) ? "" : high);
        }
    }
}
