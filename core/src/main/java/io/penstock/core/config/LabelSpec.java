package io.penstock.core.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * @param value boolean SQL over the label source's columns; NULL = no label (never trained or judged on)
 * @param several what to do when labels of one key differ; empty is {@link Several#REFUSE}
 * @param knownAtAsOf what becomes of a training row whose label was known at its as-of; empty is {@link Known#DROP}
 */
public record LabelSpec(
        String from,
        List<String> on,
        String value,
        Duration maturesAfter,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<Several> several,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<Known> knownAtAsOf) {
    public LabelSpec(String from, List<String> on, String value, Duration maturesAfter) {
        this(from, on, value, maturesAfter, Optional.empty(), Optional.empty());
    }

    /** With a policy each; a default is left out. */
    public LabelSpec with(Several ofDiffering, Known ofKnown) {
        return new LabelSpec(
                from,
                on,
                value,
                maturesAfter,
                Optional.of(ofDiffering).filter(given -> given != Several.REFUSE),
                Optional.of(ofKnown).filter(given -> given != Known.DROP));
    }

    /** Several rows of the label's source for one row of the spine. */
    public enum Several {
        /** Where they differ, no training set is built. */
        REFUSE,
        /** The last one by the order of the source's versions. */
        LAST
    }

    /** Rows that could know their own result. */
    public enum Known {
        DROP,
        KEEP
    }
}
