package io.penstock.tests.e2e;

import java.io.OutputStream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.OutputStreamAppender;
import org.apache.logging.log4j.core.layout.PatternLayout;

/** What Spark and the libraries log as errors: a user sees it on the same terminal, so a test must see it too. */
final class LoggedErrors implements AutoCloseable {
    private final LoggerContext context = (LoggerContext) LogManager.getContext(false);
    private final OutputStreamAppender appender;

    LoggedErrors(OutputStream to) {
        appender = OutputStreamAppender.newBuilder()
                .setName("caught-" + System.identityHashCode(to))
                .setTarget(to)
                .setLayout(PatternLayout.newBuilder()
                        .withPattern("%p %c{1}: %m%n%ex")
                        .build())
                .build();
        appender.start();
        context.getConfiguration().getRootLogger().addAppender(appender, Level.ERROR, null);
        context.updateLoggers();
    }

    @Override
    public void close() {
        context.getConfiguration().getRootLogger().removeAppender(appender.getName());
        context.updateLoggers();
        appender.stop();
    }
}
