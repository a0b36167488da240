package io.penstock.jobs.report.log4j;

import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configurator;

/** Loggers that speak of nothing where all is well, under a configuration that is not Penstock's own. */
public final class LibraryLogs {
    /** A fresh table has no checkpoint, and no laptop has a native Hadoop: neither is worth a warning at each start. */
    private static final List<String> TALKATIVE = List.of("io.delta.kernel", "org.apache.hadoop.util.NativeCodeLoader");

    private LibraryLogs() {}

    /** Lets them tell errors only, each unless the configuration names it; where the caller gave one, that is the whole. */
    public static void quiet() {
        if (System.getProperty("log4j2.configurationFile") != null) {
            return;
        }
        var named =
                LoggerContext.getContext(false).getConfiguration().getLoggers().keySet();
        TALKATIVE.stream()
                .filter(logger -> !named.contains(logger))
                .forEach(logger -> Configurator.setLevel(logger, Level.ERROR));
    }

    /** From now on no one logs: what libraries say of a process that is being stopped is no news. */
    public static void silence() {
        Configurator.setAllLevels(LogManager.ROOT_LOGGER_NAME, Level.OFF);
    }
}
