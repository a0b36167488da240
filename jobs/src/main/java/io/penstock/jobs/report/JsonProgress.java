package io.penstock.jobs.report;

import io.penstock.core.Clock;
import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import io.penstock.core.SecretText;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Progress for what collects logs: one JSON object a line, with time, level, event, message, and which run, stage and unit
 * it is about. What libraries log comes in the same shape, see {@link LogContext}.
 */
final class JsonProgress implements Progress {
    private final PrintStream out;
    private final long started = System.nanoTime();

    JsonProgress(PrintStream out) {
        this.out = out;
    }

    @Override
    public void heading(String text) {
        line("info", "heading", text, Map.of());
    }

    @Override
    public void working(String what) {
        line("info", "working", what, Map.of());
    }

    @Override
    public void done(String what, String detail, double seconds) {
        line("info", "done", what, Map.of("detail", detail, "seconds", Math.round(seconds * 1000) / 1000.0));
    }

    @Override
    public void unchanged(String what, String detail) {
        line("info", "unchanged", what, Map.of("detail", detail));
    }

    @Override
    public void refused(String what, String detail) {
        line("error", "refused", what, Map.of("detail", detail));
    }

    @Override
    public void warning(String text) {
        line("warn", "warning", text, Map.of());
    }

    @Override
    public void note(String text) {
        line("info", "note", text, Map.of());
    }

    @Override
    public void failed(PenstockException error) {
        line(
                "error",
                "failed",
                error.what(),
                Map.of(
                        "code",
                        error.code(),
                        "where",
                        error.where(),
                        "remedy",
                        error.remedy(),
                        "exit",
                        error.exit().value()));
    }

    @Override
    public double seconds() {
        return (System.nanoTime() - started) / 1e9;
    }

    private void line(String level, String event, String message, Map<String, ?> more) {
        out.println(line(level, event, message, LogContext.current(), more));
    }

    /** A line as text; keys that say nothing are left out. */
    static String line(String level, String event, String message, Map<String, String> context, Map<String, ?> more) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("time", Clock.system().now().toString());
        line.put("level", level);
        line.putAll(context);
        line.put("event", event);
        line.put("message", SecretText.masked(message));
        more.forEach((key, value) -> line.put(key, value instanceof String text ? SecretText.masked(text) : value));
        return Json.canonical(line);
    }
}
