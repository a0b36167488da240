package io.penstock.jobs.airflow;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Python literals. */
final class Python {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("'datetime('yyyy, M, d, H, m', tzinfo=timezone.utc)'", Locale.ROOT);

    private Python() {}

    /** Readable where the text is. */
    static String text(String value) {
        StringBuilder literal = new StringBuilder("\"");
        value.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                literal.append('\\').append((char) c);
            } else if (c < ' ' || c == 0x7f || c == 0x85 || c == 0x2028 || c == 0x2029) {
                literal.append(String.format(Locale.ROOT, "\\u%04x", c));
            } else {
                literal.append((char) c);
            }
        });
        return literal.append('"').toString();
    }

    static String time(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC).format(TIME);
    }

    /** In the largest unit that needs no fraction. */
    static String duration(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds % 3600 == 0) {
            return "timedelta(hours=" + seconds / 3600 + ")";
        }
        return seconds % 60 == 0 ? "timedelta(minutes=" + seconds / 60 + ")" : "timedelta(seconds=" + seconds + ")";
    }
}
