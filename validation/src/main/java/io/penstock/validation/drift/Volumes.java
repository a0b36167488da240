package io.penstock.validation.drift;

import io.penstock.core.ErrorCode;
import io.penstock.core.Verdict;
import io.penstock.core.config.VolumeSpec;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Whether as much landed for a unit as was to be expected. Pure. */
public final class Volumes {
    /** Units that are looked back at; four weeks of days. */
    public static final int BEFORE = 28;

    private static final int FEWEST = 7;
    private static final double NOTED = 4;

    private Volumes() {}

    /** Refuses a unit for which too few files landed. */
    public static Optional<Verdict> files(String table, int files, VolumeSpec declared) {
        String rule = "files >= " + declared.minFiles();
        return files >= declared.minFiles()
                ? Optional.empty()
                : Optional.of(new Verdict(
                        table,
                        rule,
                        Verdict.Outcome.FAILED,
                        files,
                        ErrorCode.FEWER_FILES_THAN_DECLARED + " " + files + " of at least " + declared.minFiles()
                                + " files landed for this unit"));
    }

    /**
     * Compares a unit's rows with the median of the units before it that had any, once there are seven of them. A factor
     * beyond the declared one refuses; without one, a factor of more than four is noted.
     *
     * @param before rows of each, in any order
     */
    public static Optional<Verdict> rows(String table, long rows, Collection<Long> before, VolumeSpec declared) {
        List<Long> sorted = before.stream().filter(some -> some > 0).sorted().toList();
        if (sorted.size() < FEWEST) {
            return Optional.empty();
        }
        long median = sorted.get(sorted.size() / 2);
        double factor = rows == 0 ? Double.POSITIVE_INFINITY : Math.max((double) rows / median, (double) median / rows);
        double limit = declared.maxChange().orElse(NOTED);
        if (factor <= limit) {
            return Optional.empty();
        }
        return Optional.of(new Verdict(
                table,
                "volume change <= " + limit,
                declared.maxChange().isPresent() ? Verdict.Outcome.FAILED : Verdict.Outcome.WARNED,
                rows,
                String.format(
                        Locale.ROOT,
                        ErrorCode.VOLUME_CHANGED + " %,d rows, the median of the %d units before is %,d",
                        rows,
                        sorted.size(),
                        median)));
    }
}
