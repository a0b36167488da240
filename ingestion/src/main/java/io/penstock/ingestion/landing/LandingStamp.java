package io.penstock.ingestion.landing;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.Locale;
import java.util.Optional;

/** The text by which a folder says when its files landed, such as {@code 20131225T060000Z}. */
public final class LandingStamp {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withResolverStyle(ResolverStyle.STRICT);

    private LandingStamp() {}

    /** The instant of a stamp; empty for any other text. */
    static Optional<Instant> parse(String stamp) {
        try {
            return Optional.of(LocalDateTime.parse(stamp, FORMAT).toInstant(ZoneOffset.UTC));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    public static String of(Instant landed) {
        return FORMAT.format(landed.atOffset(ZoneOffset.UTC));
    }
}
