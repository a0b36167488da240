package io.penstock.jobs.report;

import io.penstock.core.Intent;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.MDC;

/**
 * Which process, run, stage and unit the thread works for. Every line of the JSON log bears it, whoever logged it: it is the
 * logging library's own context.
 */
public final class LogContext {
    private static final List<String> OF_A_RUN = List.of("run", "stage", "unit");

    private LogContext() {}

    /** @param process the id of the process's own report, {@code runs/<id>/result.json} */
    public static void process(String pipeline, String process) {
        MDC.put("pipeline", pipeline);
        MDC.put("process", process);
    }

    public static void begin(Intent intent) {
        MDC.put("run", intent.runId());
        MDC.put("stage", intent.name());
        MDC.put("unit", intent.span());
    }

    public static void end() {
        OF_A_RUN.forEach(MDC::remove);
    }

    static Map<String, String> current() {
        return new TreeMap<>(Optional.ofNullable(MDC.getCopyOfContextMap()).orElse(Map.of()));
    }
}
