package io.penstock.training;

import io.penstock.core.Verdict;
import io.penstock.core.config.GateSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Decides whether the candidate to publish may become champion: an absolute floor, the margin over a plainer candidate, no
 * step back from the present champion on the same test rows, and no slice that is ranked worse than by chance.
 *
 * <p>Slices are judged only where they are large enough to say something; the standard error of a slice's AUC is Hanley and
 * McNeil's (1982). Below one half by more than two of them fails, below one half at all warns.
 */
public final class Gate {
    /** How much worse than the champion a new model may rank before it counts as a step back. */
    static final double CHAMPION_TOLERANCE = 0.005;

    static final long SLICE_MIN_ROWS = 500;
    static final long SLICE_MIN_OF_A_CLASS = 50;

    private Gate() {}

    /**
     * @param evaluations per candidate
     * @param publish the candidate that would be registered
     * @param champion the present champion on the same rows, if there is one
     */
    public static GateResult judge(
            GateSpec gate, Map<String, Evaluation> evaluations, String publish, Optional<Evaluation> champion) {
        String subject = "candidate/" + publish;
        Evaluation published = evaluations.get(publish);
        List<Verdict> verdicts = new ArrayList<>();
        if (published == null) {
            verdicts.add(unknown(subject, "evaluated", "Candidate " + publish + " was not evaluated"));
            return GateResult.of(verdicts);
        }
        verdicts.add(atLeast(subject, "auc", published.auc(), gate.aucAtLeast()));
        gate.above().ifPresent(rival -> verdicts.add(above(gate, evaluations.get(rival), rival, published, subject)));
        champion.ifPresent(present -> verdicts.add(
                atLeast(subject, "auc against champion", published.auc(), present.auc() - CHAMPION_TOLERANCE)));
        published.slices().forEach((name, slice) -> {
            if (gate.slices().contains(name.substring(0, name.indexOf('='))) && large(slice)) {
                verdicts.add(slice(subject, name, slice));
            }
        });
        return GateResult.of(verdicts);
    }

    private static Verdict above(
            GateSpec gate, Evaluation rival, String rivalName, Evaluation published, String subject) {
        String what = "auc above " + rivalName;
        return rival == null
                ? unknown(subject, what, "Candidate " + rivalName + " was not evaluated")
                : atLeast(subject, what, published.auc() - rival.auc(), gate.by());
    }

    private static Verdict slice(String subject, String name, Evaluation.Slice slice) {
        String rule = "auc(" + name + ") >= 0.5";
        double auc = slice.auc();
        if (auc >= 0.5) {
            return new Verdict(subject, rule, Verdict.Outcome.PASSED, auc, "");
        }
        boolean beyondNoise = auc + 2 * standardError(slice) < 0.5;
        return new Verdict(
                subject,
                rule,
                beyondNoise ? Verdict.Outcome.FAILED : Verdict.Outcome.WARNED,
                auc,
                "auc of " + name + " is " + text(auc) + " on " + slice.rows() + " rows, worse than chance"
                        + (beyondNoise ? "" : " within its noise"));
    }

    private static boolean large(Evaluation.Slice slice) {
        return slice.rows() >= SLICE_MIN_ROWS
                && slice.positives() >= SLICE_MIN_OF_A_CLASS
                && slice.rows() - slice.positives() >= SLICE_MIN_OF_A_CLASS;
    }

    static double standardError(Evaluation.Slice slice) {
        double a = slice.auc();
        double n1 = slice.positives();
        double n2 = slice.rows() - slice.positives();
        double q1 = a / (2 - a);
        double q2 = 2 * a * a / (1 + a);
        return Math.sqrt((a * (1 - a) + (n1 - 1) * (q1 - a * a) + (n2 - 1) * (q2 - a * a)) / (n1 * n2));
    }

    private static Verdict atLeast(String subject, String what, double value, double bound) {
        String rule = what + " >= " + text(bound);
        if (Double.isNaN(value) || Double.isNaN(bound)) {
            return unknown(subject, rule, "Cannot evaluate " + what);
        }
        return value >= bound
                ? new Verdict(subject, rule, Verdict.Outcome.PASSED, value, "")
                : new Verdict(
                        subject,
                        rule,
                        Verdict.Outcome.FAILED,
                        value,
                        what + " is " + text(value) + ", must be >= " + text(bound));
    }

    private static Verdict unknown(String subject, String rule, String message) {
        return new Verdict(subject, rule, Verdict.Outcome.UNKNOWN, Double.NaN, message);
    }

    private static String text(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
