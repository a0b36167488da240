package io.penstock.core.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The parameters of a logistic regression. Inputs are always standardised, so that one penalty suits all of them. */
final class LogisticParameters implements TrainerParameters {
    private static final Map<String, ParameterRule> ALLOWED = new TreeMap<>(Map.of(
            "reg", ParameterRule.number(0, Double.POSITIVE_INFINITY),
            "l1_ratio", ParameterRule.number(0, 1),
            "max_iterations", ParameterRule.whole(1, 10_000),
            "tolerance", ParameterRule.above(0, 1)));

    private static final Map<String, String> DEFAULTS =
            Map.of("reg", "0.001", "l1_ratio", "0", "max_iterations", "100", "tolerance", "1e-6");

    /** The names that Spark ML has for them. */
    private static final Map<String, String> ALIASES = Map.of(
            "regParam", "reg",
            "elasticNetParam", "l1_ratio",
            "maxIter", "max_iterations",
            "tol", "tolerance");

    private static final Map<String, String> MANAGED = Map.of(
            "standardization", "nothing: inputs are always standardised",
            "fitIntercept", "nothing: there always is an intercept",
            "family", "the model's task",
            "threshold", "scoring.threshold",
            "seed", "nothing: nothing in it is left to chance");

    @Override
    public String trainer() {
        return "logistic";
    }

    @Override
    public String title() {
        return "logistic";
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

    @Override
    public Optional<String> managedBy(String name) {
        return Optional.ofNullable(MANAGED.get(name));
    }

    @Override
    public Optional<String> violation(String name, String value) {
        return ALLOWED.get(name).violation(value);
    }

    @Override
    public Map<String, String> contradictions(
            Map<String, String> params, List<String> inputs, int workers, int rounds) {
        boolean isIdle = isPositive(params.get("l1_ratio")) && !isPositive(params.get("reg"));
        return isIdle ? Map.of("l1_ratio", "divides a penalty of 0: raise reg, or leave l1_ratio out") : Map.of();
    }

    private static boolean isPositive(String value) {
        return Decimals.number(value).filter(number -> number > 0).isPresent();
    }
}
