package io.penstock.core.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * @param type {@code string}, {@code int}, {@code long}, {@code double}, {@code timestamp}, {@code date} or {@code boolean}
 * @param between two bounds, both included, or empty
 * @param times how a timestamp or date is written and where it must lie, as far as that is declared
 * @param renamedFrom names that files may have in place of its own
 */
public record ColumnSpec(
        String name,
        String type,
        boolean required,
        List<Double> between,
        List<String> allowed,
        Optional<String> pattern,
        OptionalInt maxLength,
        String comment,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<TimesSpec> times,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> renamedFrom) {
    public ColumnSpec(
            String name,
            String type,
            boolean required,
            List<Double> between,
            List<String> allowed,
            Optional<String> pattern,
            OptionalInt maxLength,
            String comment) {
        this(name, type, required, between, allowed, pattern, maxLength, comment, Optional.empty(), List.of());
    }

    public ColumnSpec with(TimesSpec other, List<String> olderNames) {
        return new ColumnSpec(
                name,
                type,
                required,
                between,
                allowed,
                pattern,
                maxLength,
                comment,
                Optional.of(other).filter(declared -> !declared.equals(TimesSpec.ISO)),
                olderNames);
    }

    ColumnSpec withoutComment() {
        return new ColumnSpec(name, type, required, between, allowed, pattern, maxLength, "", times, renamedFrom);
    }
}
