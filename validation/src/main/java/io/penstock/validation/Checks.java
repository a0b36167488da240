package io.penstock.validation;

import io.penstock.core.Check;
import io.penstock.core.ErrorCode;
import io.penstock.core.Measure;
import io.penstock.core.PenstockException;
import io.penstock.core.Verdict;
import io.penstock.core.config.ExpectationSpec;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.ViewSpec;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The rules of each kind of table: those that hold for any table of its kind, then those the pipeline declares. All are
 * meant for one unit's rows, except those of a training set, which are of the whole set.
 */
public final class Checks {
    /** How near to all-one-class a training label may come: a mean of exactly 0 or 1 teaches nothing. */
    private static final int RULES_TOLD = 3;

    private static final double ONE_CLASS = 1e-9;

    private static final String ROWS = "_op = '+'";

    private Checks() {}

    /**
     * Bronze: rows unless the source may be empty, every key column filled, then the declared expectations, which speak of
     * rows, not of withdrawals: those may lack anything but their key. How many rows that leaves is measured, with a bound
     * that always holds, so that the judge can tell a unit that only withdraws.
     */
    public static List<Check> of(SourceSpec source) {
        List<Check> checks = new ArrayList<>();
        if (!source.allowEmpty()) {
            checks.add(Check.atLeast(Measure.size(), 1));
        }
        checks.addAll(ofNoRows(source));
        return checks.stream().distinct().toList();
    }

    /** The same for a unit without rows: whether it may have none is for the declared sizes to say, and for nothing else. */
    public static List<Check> ofNoRows(SourceSpec source) {
        List<Check> checks = new ArrayList<>(filled(source.key()));
        String where = source.deleteWhen().isPresent() ? ROWS : "";
        if (!where.isEmpty() && !source.expectations().isEmpty()) {
            checks.add(Check.atLeast(Measure.size().where(where), 0));
        }
        source.expectations().forEach(expectation -> checks.add(check(source.name(), expectation, where)));
        return checks.stream().distinct().toList();
    }

    /** A feature view: every entity column filled, one row per entity and as-of. */
    public static List<Check> features(ViewSpec view) {
        List<Check> checks = new ArrayList<>(filled(view.entity()));
        checks.add(unique(plusAsOf(view.entity())));
        return List.copyOf(checks);
    }

    /**
     * Scores: rows, one per key and as-of, every score a probability. The completeness of {@code score} is measured, with a
     * bound that always holds, so that the judge can tell a unit whose scores are all held from one not measured.
     *
     * @param key the key columns of the model's spine source
     */
    public static List<Check> scores(List<String> key) {
        List<Check> checks = new ArrayList<>();
        checks.add(Check.atLeast(Measure.size(), 1));
        checks.addAll(filled(plusAsOf(key)));
        checks.add(unique(plusAsOf(key)));
        checks.add(Check.atLeast(measure(Measure.Kind.COMPLETENESS, "score"), 0));
        checks.add(Check.atLeast(measure(Measure.Kind.MINIMUM, "score"), 0));
        checks.add(Check.atMost(measure(Measure.Kind.MAXIMUM, "score"), 1));
        return List.copyOf(checks);
    }

    public static List<Check> scores(PipelineConfig config, ModelSpec model) {
        return scores(config.source(model.spine().from()).key());
    }

    /**
     * A training set as a whole: rows, a label on each, both classes present, one row per key and as-of. {@code label} is
     * numeric, 0 or 1.
     */
    public static List<Check> trainingSet(List<String> key) {
        List<Check> checks = new ArrayList<>();
        checks.add(Check.atLeast(Measure.size(), 1));
        checks.addAll(filled(plusAsOf(key)));
        checks.add(unique(plusAsOf(key)));
        checks.addAll(filled(List.of("label")));
        checks.add(new Check(measure(Measure.Kind.MEAN, "label"), ONE_CLASS, 1 - ONE_CLASS, false));
        return List.copyOf(checks);
    }

    public static List<Check> trainingSet(PipelineConfig config, ModelSpec model) {
        return trainingSet(config.source(model.spine().from()).key());
    }

    /**
     * Refuses a unit of a source that rejects too much: then not single rows but the delivery is wrong.
     *
     * @param rejected records that went to quarantine
     * @param records all records read
     * @param atMost share that may be rejected, included
     * @param byRule rejected records of each rule, to tell which broke most
     */
    public static Verdict rejectRate(
            String table, long rejected, long records, double atMost, Map<String, Long> byRule) {
        double rate = records == 0 ? 0 : (double) rejected / records;
        String rule = "reject rate <= " + atMost;
        if (rate <= atMost) {
            return new Verdict(table, rule, Verdict.Outcome.PASSED, rate, "");
        }
        return new Verdict(
                table,
                rule,
                Verdict.Outcome.FAILED,
                rate,
                ErrorCode.TOO_MANY_REJECTS + " " + rejected + " of " + records + " records"
                        + (isOfFiles(byRule) ? " and whole files" : "")
                        + " were rejected, a share of " + share(rate, atMost)
                        + ", must be <= " + atMost + told(byRule));
    }

    /** With four digits, unless these would hide that it is above the limit. */
    private static String share(double rate, double atMost) {
        BigDecimal rounded = new BigDecimal(rate).round(new MathContext(4)).stripTrailingZeros();
        return rounded.doubleValue() > atMost ? rounded.toPlainString() : String.valueOf(rate);
    }

    private static boolean isOfFiles(Map<String, Long> byRule) {
        return byRule.keySet().stream().anyMatch(code -> code.startsWith("PEN-ING-"));
    }

    private static String told(Map<String, Long> byRule) {
        return byRule.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
                .limit(RULES_TOLD)
                .map(rule -> rule.getKey() + " " + rule.getValue())
                .reduce((one, next) -> one + ", " + next)
                .map(rules -> "; most by " + rules)
                .orElse("");
    }

    private static Check check(String source, ExpectationSpec expectation, String where) {
        Measure measure = switch (expectation.kind()) {
            case "completeness" -> measure(Measure.Kind.COMPLETENESS, expectation.column());
            case "size" -> Measure.size();
            case "mean" -> measure(Measure.Kind.MEAN, expectation.column());
            case "minimum" -> measure(Measure.Kind.MINIMUM, expectation.column());
            case "maximum" -> measure(Measure.Kind.MAXIMUM, expectation.column());
            case "unique" -> measure(Measure.Kind.UNIQUENESS, expectation.column());
            case "approx-distinct" -> measure(Measure.Kind.APPROX_DISTINCT, expectation.column());
            default ->
                throw new PenstockException(
                        ErrorCode.UNKNOWN_KEY,
                        "Invalid expectation: " + expectation.kind(),
                        "sources." + source + ".expectations",
                        "Use completeness, size, mean, minimum, maximum, unique or approx-distinct");
        };
        return new Check(measure.where(where), lowerBound(expectation), expectation.atMost(), expectation.warnOnly());
    }

    /** A share without a bound means all of it. */
    private static double lowerBound(ExpectationSpec expectation) {
        boolean share =
                expectation.kind().equals("unique") || expectation.kind().equals("completeness");
        boolean unbounded =
                expectation.atLeast() == Double.NEGATIVE_INFINITY && expectation.atMost() == Double.POSITIVE_INFINITY;
        return share && unbounded ? 1.0 : expectation.atLeast();
    }

    private static List<Check> filled(List<String> columns) {
        return columns.stream()
                .map(column -> Check.atLeast(measure(Measure.Kind.COMPLETENESS, column), 1))
                .toList();
    }

    private static Check unique(List<String> columns) {
        return Check.atLeast(measure(Measure.Kind.UNIQUENESS, String.join(",", columns)), 1);
    }

    private static List<String> plusAsOf(List<String> key) {
        List<String> columns = new ArrayList<>(key);
        columns.add("as_of");
        return columns;
    }

    private static Measure measure(Measure.Kind kind, String column) {
        return new Measure(kind, column);
    }
}
