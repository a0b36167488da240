package io.penstock.core.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;

/**
 * How much must land for a unit to pass.
 *
 * @param minFiles files of a unit, 0 where none need land
 * @param maxChange factor by which a unit's rows may be more or fewer than those of the units before it
 * @param maxWithdrawals of keys that a snapshot, or a file that was overwritten, does not have any more; empty = {@link
 *     MaxWithdrawals#USUAL}
 * @param onNoRows what comes of a unit without any row that the rules speak of; empty = it passes
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record VolumeSpec(
        int minFiles,
        Optional<Double> maxChange,
        Optional<MaxWithdrawals> maxWithdrawals,
        Optional<Reaction> onNoRows) {
    public static final VolumeSpec ANY = new VolumeSpec(0, Optional.empty());

    public VolumeSpec(int minFiles, Optional<Double> maxChange) {
        this(minFiles, maxChange, Optional.empty(), Optional.empty());
    }

    public VolumeSpec(int minFiles, Optional<Double> maxChange, Optional<MaxWithdrawals> maxWithdrawals) {
        this(minFiles, maxChange, maxWithdrawals, Optional.empty());
    }

    public VolumeSpec with(Reaction noRows) {
        return new VolumeSpec(
                minFiles, maxChange, maxWithdrawals, Optional.of(noRows).filter(given -> given != Reaction.PASS));
    }

    /**
     * How many keys may be withdrawn at once because they are missing. More than both bounds refuse the unit: that they are
     * gone is less likely than that what lacks them was cut short.
     *
     * @param share of the keys that were there
     * @param count keys
     */
    public record MaxWithdrawals(double share, int count) {
        public static final MaxWithdrawals USUAL = new MaxWithdrawals(0.5, 10);

        public boolean allows(long withdrawn, long there) {
            return withdrawn <= count || withdrawn <= share * there;
        }
    }
}
