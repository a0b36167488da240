package io.penstock.jobs.run;

import io.penstock.core.ErrorCode;
import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.report.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * What {@code plan --out} writes and {@code run --plan} goes by: every step with what decides it, and what it may cost.
 *
 * @param warehouse where it was made; a plan of one environment is no plan of another
 * @param stages those asked for; empty for all
 * @param again whether units that are done were asked to run again
 */
public record Plan(
        int format,
        String pipeline,
        String warehouse,
        String landing,
        List<String> stages,
        List<UnitId> units,
        boolean again,
        List<Entry> steps,
        List<Estimates.Estimate> estimates,
        Total total) {
    private static final int FORMAT = 1;

    /** A {@link Planner.Step}, as a file has it. */
    public record Entry(
            String stage,
            String subject,
            UnitId unit,
            String decision,
            String reason,
            String recipe,
            String content,
            String replaces) {
        static Entry of(Planner.Step step) {
            return new Entry(
                    step.stage().id(),
                    step.subject(),
                    step.unit(),
                    step.decision().name().toLowerCase(java.util.Locale.ROOT),
                    step.reason(),
                    step.recipe(),
                    step.content(),
                    step.replaces());
        }

        boolean runs() {
            return decision.equals("run");
        }
    }

    /**
     * Sums over the estimates that are known.
     *
     * @param unknown steps of stages of which no manifest tells anything
     */
    public record Total(int units, double seconds, long rows, int unknown) {
        static Total of(List<Estimates.Estimate> estimates) {
            double seconds = 0;
            long rows = 0;
            int units = 0;
            int unknown = 0;
            for (Estimates.Estimate estimate : estimates) {
                units += estimate.units();
                seconds += estimate.seconds() == null ? 0 : estimate.seconds();
                rows += estimate.rows() == null ? 0 : estimate.rows();
                unknown += estimate.seconds() == null ? estimate.units() : 0;
            }
            return new Total(units, Math.round(seconds * 10) / 10.0, rows, unknown);
        }
    }

    public static Plan of(
            PipelineConfig config,
            List<String> stages,
            List<Unit> units,
            boolean again,
            List<Planner.Step> steps,
            List<Estimates.Estimate> estimates) {
        return new Plan(
                FORMAT,
                config.pipeline(),
                config.root(),
                config.locations().landing(),
                stages,
                units.stream().map(Unit::id).toList(),
                again,
                steps.stream().map(Entry::of).toList(),
                estimates,
                Total.of(estimates));
    }

    /** Writes it whole or not at all. */
    public void write(Path file) {
        try {
            WholeFile.write(file, Json.pretty(this));
        } catch (IOException e) {
            throw new PenstockException(
                    ErrorCode.PLAN_NOT_WRITTEN,
                    "Cannot write the plan: " + e.getMessage(),
                    file.toString(),
                    "Check that the folder exists and has space",
                    e);
        }
    }

    public static Plan read(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw unreadable(file, "it cannot be read: " + e.getMessage(), e);
        }
        try {
            Plan plan = Json.read(text, Plan.class);
            if (plan == null || plan.format != FORMAT) {
                throw unreadable(file, "it has format " + (plan == null ? 0 : plan.format) + ", not " + FORMAT, null);
            }
            plan.steps.forEach(step -> {
                Objects.requireNonNull(step.decision());
                Objects.requireNonNull(step.unit());
            });
            if (plan.units.isEmpty() || plan.stages == null || plan.pipeline == null) {
                throw unreadable(file, "parts of it are missing", null);
            }
            return plan;
        } catch (IllegalArgumentException | NullPointerException e) {
            throw unreadable(file, "it is not what plan --out writes: " + e.getMessage(), e);
        }
    }

    private static PenstockException unreadable(Path file, String why, Exception cause) {
        return new PenstockException(
                ErrorCode.NOT_A_PLAN,
                "Cannot go by this plan: " + why,
                file.toString(),
                "Make one: penstock plan PIPELINE --out FILE with the units and stages to run",
                cause);
    }

    /** @throws PenstockException {@code PEN-RUN-061} when it was made for another pipeline, warehouse or landing folder */
    public void requireOf(PipelineConfig config) {
        require("pipeline", pipeline, config.pipeline());
        require("warehouse", warehouse, config.root());
        require("landing folder", landing, config.locations().landing());
    }

    private static void require(String what, String planned, String present) {
        if (!present.equals(planned)) {
            throw new PenstockException(
                    ErrorCode.PLAN_OF_OTHER_PIPELINE,
                    "The plan is of another " + what + ": " + planned + ", not " + present,
                    "--plan",
                    "Give the pipeline, the environment and the settings that the plan was made with, or make another plan");
        }
    }
}
