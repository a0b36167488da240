package io.penstock.jobs.run;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a run may do: anything, or no more than a plan says. Steps that somebody else did meanwhile are left out. */
final class Agreed {
    private static final int NAMED = 5;

    private record Key(String stage, String subject, UnitId unit) {}

    private final boolean anything;
    private final boolean again;
    private final Map<Key, Plan.Entry> steps = new HashMap<>();

    private Agreed(boolean anything, boolean again) {
        this.anything = anything;
        this.again = again;
    }

    static Agreed anything(boolean again) {
        return new Agreed(true, again);
    }

    static Agreed on(Plan plan) {
        Agreed agreed = new Agreed(false, plan.again());
        plan.steps().stream()
                .filter(Plan.Entry::runs)
                .forEach(step -> agreed.steps.put(new Key(step.stage(), step.subject(), step.unit()), step));
        return agreed;
    }

    /** A unit that was planned to run again does so once: not when another run has replaced what the plan saw. */
    Planner.Again again() {
        return (stage, subject, unit, last) -> {
            Plan.Entry planned = steps.get(new Key(stage.id(), subject, unit));
            return again && (anything || planned != null && planned.replaces().equals(last));
        };
    }

    /** @throws PenstockException {@code PEN-RUN-062} when one of the steps to run is not in the plan, or is another */
    void require(List<Planner.Step> present) {
        List<String> beyond = new ArrayList<>();
        for (Planner.Step step : present) {
            if (step.runs() && !anything) {
                String why = beyond(step);
                if (!why.isEmpty()) {
                    beyond.add(step.name() + " " + step.unit() + " (" + why + ")");
                }
            }
        }
        if (!beyond.isEmpty()) {
            throw refusal(beyond);
        }
    }

    /** Why a step that would run is beyond the plan; empty when it is not. */
    private String beyond(Planner.Step step) {
        Plan.Entry planned = steps.get(new Key(step.stage().id(), step.subject(), step.unit()));
        if (planned == null) {
            return "not planned: " + step.reason();
        }
        if (!step.recipe().equals(planned.recipe())) {
            return "its definition changed since";
        }
        return step.content().isEmpty() || step.content().equals(planned.content()) ? "" : "its input changed since";
    }

    void requireContent(Stage stage, String subject, UnitId unit, String content) {
        Plan.Entry planned = steps.get(new Key(stage.id(), subject, unit));
        if (!anything && (planned == null || !planned.content().equals(content))) {
            throw refusal(List.of(stage.id() + " " + unit + " (its files changed since)"));
        }
    }

    private static PenstockException refusal(List<String> beyond) {
        String more = beyond.size() > NAMED ? ", and " + (beyond.size() - NAMED) + " more" : "";
        return new PenstockException(
                ErrorCode.PLAN_OUTDATED,
                "The run would do more than its plan, or something else: "
                        + beyond.stream().limit(NAMED).collect(Collectors.joining(", ")) + more,
                "--plan",
                "Make the plan again, look at it, then run that");
    }
}
