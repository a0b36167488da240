package io.penstock.jobs.report.log4j;

import java.util.List;
import java.util.stream.Collectors;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.ConsoleAppender;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.layout.PatternLayout;

/** Makes whatever logs through Log4j log one JSON object a line to standard error, at the levels that are set. */
public final class JsonLogging {
    private static final String CONTEXT = List.of("pipeline", "process", "run", "stage", "unit").stream()
            .map(key -> "%notEmpty{,\"" + key + "\":\"%enc{%X{" + key + "}}{JSON}\"}")
            .collect(Collectors.joining());

    private static final String LINE =
            "{\"time\":\"%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC}\",\"level\":\"%level{lowerCase=true}\""
                    + ",\"event\":\"log\",\"logger\":\"%logger\"" + CONTEXT
                    + ",\"message\":\"%enc{%m}{JSON}\"%notEmpty{,\"error\":\"%enc{%ex{short.message}}{JSON}\"}}%n";

    private JsonLogging() {}

    public static void begin() {
        LoggerContext context = LoggerContext.getContext(false);
        Configuration configuration = context.getConfiguration();
        ConsoleAppender json = ConsoleAppender.newBuilder()
                .setName("json")
                .setTarget(ConsoleAppender.Target.SYSTEM_ERR)
                .setFollow(true)
                .setLayout(PatternLayout.newBuilder()
                        .withPattern(LINE)
                        .withConfiguration(configuration)
                        .withAlwaysWriteExceptions(false)
                        .build())
                .build();
        json.start();
        LoggerConfig root = configuration.getRootLogger();
        for (LoggerConfig logger : configuration.getLoggers().values()) {
            List.copyOf(logger.getAppenders().keySet()).forEach(logger::removeAppender);
        }
        root.addAppender(json, null, null);
        context.updateLoggers();
    }
}
