package io.penstock.core.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a timestamp or a date is written and where it must lie.
 *
 * @param format pattern of {@link java.time.format.DateTimeFormatter}; empty = ISO
 * @param zone IANA zone of times that name none
 * @param between two ISO bounds, both included, or empty
 * @param maxAhead how far after the landing of its file a timestamp may lie
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record TimesSpec(
        Optional<String> format,
        Optional<String> zone,
        Optional<Epoch> epoch,
        List<String> between,
        Optional<Duration> maxAhead) {
    public static final TimesSpec ISO =
            new TimesSpec(Optional.empty(), Optional.empty(), Optional.empty(), List.of(), Optional.empty());

    /** The formatter of a declared pattern; strict, so that 30 February is none, whether years are spelled y or u. */
    public static DateTimeFormatter formatter(String pattern) {
        StringBuilder strict = new StringBuilder();
        boolean isQuoted = false;
        for (char c : pattern.toCharArray()) {
            isQuoted ^= c == '\'';
            strict.append(c == 'y' && !isQuoted ? 'u' : c);
        }
        return DateTimeFormatter.ofPattern(strict.toString(), Locale.ENGLISH).withResolverStyle(ResolverStyle.STRICT);
    }

    /** What a count since 1970 counts. */
    public enum Epoch {
        SECONDS,
        MILLIS
    }
}
