package io.penstock.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one new file costs does not depend on the files that are known, as far as it can be counted. */
class KnownFilesTest {
    @TempDir
    private static Path folder;

    private static KnownFilesBench few;
    private static KnownFilesBench many;
    private static List<String> openedOfFew;
    private static List<String> openedOfMany;
    private static Counters ofFew;
    private static Counters ofMany;

    @BeforeAll
    static void oneMoreFile() throws Exception {
        OpenedFiles.begin();
        Workplace place = Workplace.at(folder);
        few = new KnownFilesBench(place.room("few"), 3, OpenedFiles::at);
        many = new KnownFilesBench(place.room("many"), 300, OpenedFiles::at);
        OpenedFiles.since();
        ofFew = Counters.of(place.spark(), few::one);
        openedOfFew = OpenedFiles.since();
        ofMany = Counters.of(place.spark(), many::one);
        openedOfMany = OpenedFiles.since();
    }

    @AfterAll
    static void stop() {
        SparkSession.active().stop();
        OpenedFiles.end();
    }

    @Test
    void aLandedFileIsOpenedOnceAndNoKnownFileAtAllHoweverManyThereAre() {
        assertThat(openedOfFew).containsExactly(few.lastPath());
        assertThat(openedOfMany).containsExactly(many.lastPath());
    }

    @Test
    void jobsAndTasksAreTheSameHoweverManyFilesAreKnown() {
        assertThat(ofMany.jobs()).isEqualTo(ofFew.jobs()).isPositive();
        assertThat(ofMany.tasks()).isEqualTo(ofFew.tasks());
    }
}
