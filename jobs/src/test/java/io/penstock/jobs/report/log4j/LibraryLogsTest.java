package io.penstock.jobs.report.log4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LibraryLogsTest {
    private static final String FILE = "log4j2.configurationFile";
    private static final String KERNEL = "io.delta.kernel.internal.snapshot.SnapshotManager";

    private final String before = System.getProperty(FILE);

    @AfterEach
    void asBefore() {
        if (before != null) {
            System.setProperty(FILE, before);
        }
        Configurator.reconfigure();
    }

    @Test
    void withoutAConfigurationOfOursLibrariesTellErrorsOnly() {
        System.clearProperty(FILE);
        Configurator.reconfigure(new org.apache.logging.log4j.core.config.DefaultConfiguration());
        Configurator.setRootLevel(Level.INFO);
        assertThat(LogManager.getLogger(KERNEL).getLevel()).isEqualTo(Level.INFO);

        LibraryLogs.quiet();

        assertThat(LogManager.getLogger(KERNEL).getLevel()).isEqualTo(Level.ERROR);
        assertThat(LogManager.getLogger("org.apache.spark").getLevel()).isEqualTo(Level.INFO);
    }

    @Test
    void aConfigurationThatIsGivenIsTheWhole() {
        System.setProperty(FILE, "given");
        Configurator.reconfigure(new org.apache.logging.log4j.core.config.DefaultConfiguration());
        Configurator.setRootLevel(Level.INFO);

        LibraryLogs.quiet();

        assertThat(LogManager.getLogger(KERNEL).getLevel()).isEqualTo(Level.INFO);
    }
}
