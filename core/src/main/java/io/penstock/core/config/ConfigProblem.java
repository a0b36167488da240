package io.penstock.core.config;

import java.util.List;
import java.util.stream.Collectors;

/**
 * One mistake in a configuration.
 *
 * @param code {@code PEN-CFG-nnn}
 * @param path configuration key, dotted; empty when the whole file is meant
 * @param file as shown to the user ({@code conf/x.conf}), {@code --set} for an override, empty when unknown
 * @param line counted from 1, or -1 when unknown
 * @param value what stands there, already masked when it may be a secret; may be empty
 * @param message what is wrong
 * @param allowed what may stand there; may be empty
 * @param nearest the allowed value or known name that was probably meant; may be empty
 */
public record ConfigProblem(
        String code,
        String path,
        String file,
        int line,
        String value,
        String message,
        List<String> allowed,
        String nearest) {
    private static final int OFFERED = 30;

    /** {@code PEN-CFG-003 conf/x.conf:12 sources.outcomes.moed: unknown key; did you mean "mode"?} */
    public String render() {
        return code + " " + where() + text();
    }

    private String where() {
        String place = file + (line > 0 ? ":" + line : "");
        String both = place + (place.isEmpty() || path.isEmpty() ? "" : " ") + path;
        return both.isEmpty() ? "" : both + ": ";
    }

    private String text() {
        // A message that ends in a picture (the caret below an expression) stays last
        int picture = message.indexOf('\n');
        String head = picture < 0 ? message : message.substring(0, picture);
        String tail = picture < 0 ? "" : message.substring(picture);
        return head + choices() + suggestion() + tail;
    }

    private String choices() {
        if (allowed.isEmpty() || !nearest.isEmpty() && allowed.size() > OFFERED) {
            return "";
        }
        String more = allowed.size() > OFFERED ? ", …" : "";
        return " (allowed: " + allowed.stream().limit(OFFERED).collect(Collectors.joining(", ")) + more + ")";
    }

    private String suggestion() {
        return nearest.isEmpty() ? "" : "; did you mean \"" + nearest + "\"?";
    }
}
