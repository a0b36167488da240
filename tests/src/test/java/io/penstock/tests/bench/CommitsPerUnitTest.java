package io.penstock.tests.bench;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A unit costs this many commits and files: a change here is meant, or it is a mistake. */
class CommitsPerUnitTest {
    @TempDir
    private Path folder;

    @Test
    void aUnitOfThreeStagesLeavesTheseCommitsAndFiles() throws Exception {
        assertThat(new CommitsBench(folder).ofOneUnit())
                .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                        entry("bronze/arrivals", "1 commit, 1 file"),
                        entry("bronze/parcels", "1 commit, 1 file"),
                        entry("features/depot_delays_v1", "1 commit, 1 file"),
                        entry("scoring/slow", "1 commit, 1 file"),
                        entry("scores/slow", "1 commit, 1 file"),
                        entry("scores/slow_log", "1 commit, 1 file"),
                        // Per stage: an intent opened and closed, an attempt, a manifest.
                        entry("ops/intents", "6 commits, 6 files"),
                        entry("ops/attempts", "3 commits, 3 files"),
                        entry("ops/manifests", "3 commits, 3 files"),
                        entry("ops/ledger", "1 commit, 1 file"),
                        entry("ops/metrics", "1 commit, 1 file")));
    }
}
