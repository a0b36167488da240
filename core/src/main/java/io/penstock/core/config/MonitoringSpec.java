package io.penstock.core.config;

/**
 * What is told of the inputs and the scores of each unit; part of no recipe.
 *
 * @param missingShare share of a view's values that must be missing in a unit to be told
 * @param shiftBeyond distance of the scores' mean from the units before, in robust standard deviations
 * @param onAllHeld where none of a unit's rows has a score
 * @param onNoLabel where none of a unit's scores has a label, once labels are mature
 */
public record MonitoringSpec(
        double missingShare,
        Reaction onMissing,
        double shiftBeyond,
        Reaction onShift,
        Reaction onAllHeld,
        Reaction onNoLabel) {
    public static final MonitoringSpec DEFAULT =
            new MonitoringSpec(1.0, Reaction.WARN, 3.5, Reaction.WARN, Reaction.WARN, Reaction.WARN);
}
