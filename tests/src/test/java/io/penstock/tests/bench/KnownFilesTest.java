package io.penstock.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one new file costs does not depend on the files that are known, as far as it can be counted. */
class KnownFilesTest {
    @TempDir
    private static Path folder;

    private static Workplace place;

    @BeforeAll
    static void start() throws Exception {
        OpenedFiles.begin();
        place = Workplace.at(folder);
    }

    @AfterAll
    static void stop() {
        SparkSession.active().stop();
        OpenedFiles.end();
    }

    @Test
    void aLandedFileIsOpenedOnceAndNoKnownFileAtAllHoweverManyThereAre() throws Exception {
        KnownFilesBench few = new KnownFilesBench(place.room("few"), 3, OpenedFiles::at);
        KnownFilesBench many = new KnownFilesBench(place.room("many"), 300, OpenedFiles::at);
        OpenedFiles.since();

        few.one();
        assertThat(OpenedFiles.since()).containsExactly(few.lastPath());
        many.one();
        assertThat(OpenedFiles.since()).containsExactly(many.lastPath());
    }

    @Test
    void jobsAndTasksAreTheSameHoweverManyFilesAreKnown() throws Exception {
        KnownFilesBench few = new KnownFilesBench(place.room("few-jobs"), 3, Path::toString);
        KnownFilesBench many = new KnownFilesBench(place.room("many-jobs"), 300, Path::toString);

        Counters ofFew = Counters.of(place.spark(), few::one);
        Counters ofMany = Counters.of(place.spark(), many::one);

        assertThat(ofMany.jobs()).isEqualTo(ofFew.jobs()).isPositive();
        assertThat(ofMany.tasks()).isEqualTo(ofFew.tasks());
    }
}
