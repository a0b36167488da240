package io.penstock.core.config;

import java.util.Optional;
import java.util.regex.Pattern;

/** Numbers as HOCON and every library write them: no {@code 0x1p-3}, {@code 0.1d} or {@code NaN}, which Java reads as well. */
final class Decimals {
    private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?");
    private static final Pattern WHOLE = Pattern.compile("-?(0|[1-9]\\d*)");

    private Decimals() {}

    /** Empty for text that is no number, or one beyond what 64 bits hold. */
    static Optional<Double> number(String text) {
        return Optional.of(text)
                .filter(written -> NUMBER.matcher(written).matches())
                .map(Double::parseDouble)
                .filter(Double::isFinite);
    }

    /** Empty for text that is no whole number, or one beyond what 32 bits hold. */
    static Optional<Integer> whole(String text) {
        try {
            return WHOLE.matcher(text).matches() ? Optional.of(Integer.parseInt(text)) : Optional.empty();
        } catch (NumberFormatException tooLarge) {
            return Optional.empty();
        }
    }
}
