package io.penstock.training;

import io.penstock.core.Verdict;
import io.penstock.core.config.GateSpec;
import io.penstock.core.model.Measured;
import io.penstock.core.model.Metric;
import io.penstock.core.model.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoublePredicate;

/**
 * Decides whether the candidate to publish may become champion: an absolute bound, the margin over a plainer candidate, no
 * step back from the present champion on the same test rows, and no slice of which it knows less than chance does. Which
 * metric that is, and which of two values is the better one, the model's task says.
 *
 * <p>Slices are judged only where they are large enough to say something: worse than chance by more than two standard
 * errors fails, worse than chance at all warns.
 */
public final class Gate {
    private static final int ERRORS = 2;

    private final Task task;
    private final GateSpec spec;
    private final Metric metric;

    private Gate(Task task, GateSpec spec) {
        this.task = task;
        this.spec = spec;
        this.metric = spec.metric();
    }

    /**
     * @param evaluations per candidate
     * @param publish the candidate that would be registered
     * @param champion the present champion on the same rows, if there is one
     */
    public static GateResult judge(
            Task task,
            GateSpec spec,
            Map<String, Evaluation> evaluations,
            String publish,
            Optional<Evaluation> champion) {
        return new Gate(task, spec).judge(evaluations, publish, champion);
    }

    private GateResult judge(Map<String, Evaluation> evaluations, String publish, Optional<Evaluation> champion) {
        String subject = "candidate/" + publish;
        Evaluation published = evaluations.get(publish);
        if (published == null) {
            return GateResult.of(List.of(unknown(subject, "evaluated", "Candidate " + publish + " was not evaluated")));
        }
        double value = published.value(metric);
        List<Verdict> verdicts = new ArrayList<>();
        verdicts.add(bound(subject, metric.name(), value, spec.bound()));
        spec.rival().ifPresent(rival -> verdicts.add(margin(evaluations.get(rival), rival, value, subject)));
        champion.ifPresent(present -> verdicts.add(bound(
                subject,
                metric.name() + " against champion",
                value,
                metric.worseBy(present.value(metric), metric.tolerance()))));
        published.slices().forEach((name, slice) -> {
            if (spec.slices().contains(name.substring(0, name.indexOf('='))) && isJudged(slice)) {
                verdicts.add(slice(subject, name, slice));
            }
        });
        return GateResult.of(verdicts);
    }

    private Verdict margin(Evaluation rival, String rivalName, double published, String subject) {
        String what = metric.name() + " " + spec.side() + " " + rivalName;
        return rival == null
                ? unknown(subject, what, "Candidate " + rivalName + " was not evaluated")
                : verdict(
                        subject,
                        what,
                        metric.margin(published, rival.value(metric)),
                        spec.by(),
                        ">= " + Metric.text(spec.by()),
                        margin -> margin >= spec.by());
    }

    private boolean isJudged(Measured slice) {
        return !Double.isNaN(metric.chance()) && !task.isTooSmall(slice);
    }

    private Verdict slice(String subject, String name, Measured slice) {
        double value = slice.value(metric);
        double chance = metric.chance();
        String rule = metric.name() + "(" + name + ") " + metric.sign() + " " + chance;
        if (metric.meets(value, chance)) {
            return new Verdict(subject, rule, Verdict.Outcome.PASSED, value, "");
        }
        double better = metric.worseBy(value, -ERRORS * task.standardError(slice));
        boolean isBeyondNoise = !metric.meets(better, chance);
        return new Verdict(
                subject,
                rule,
                isBeyondNoise ? Verdict.Outcome.FAILED : Verdict.Outcome.WARNED,
                value,
                metric.name() + " of " + name + " is " + Metric.text(value) + " on " + slice.rows()
                        + " rows, worse than chance" + (isBeyondNoise ? "" : " within its noise"));
    }

    private Verdict bound(String subject, String what, double value, double bound) {
        return verdict(subject, what, value, bound, metric.bound(bound), found -> metric.meets(found, bound));
    }

    private static Verdict verdict(
            String subject, String what, double value, double bound, String must, DoublePredicate isMet) {
        String rule = what + " " + must;
        if (Double.isNaN(value) || Double.isNaN(bound)) {
            return unknown(subject, rule, "Cannot evaluate " + what);
        }
        return isMet.test(value)
                ? new Verdict(subject, rule, Verdict.Outcome.PASSED, value, "")
                : new Verdict(
                        subject,
                        rule,
                        Verdict.Outcome.FAILED,
                        value,
                        what + " is " + Metric.text(value) + ", must be " + must);
    }

    private static Verdict unknown(String subject, String rule, String message) {
        return new Verdict(subject, rule, Verdict.Outcome.UNKNOWN, Double.NaN, message);
    }
}
