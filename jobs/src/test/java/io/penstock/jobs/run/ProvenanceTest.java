package io.penstock.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProvenanceTest {
    @TempDir
    Path folder;

    @Test
    void theParentThatOpenLineageNamesIsRecordedAndNothingWhereThereIsNone() {
        Properties settings = new Properties();
        settings.setProperty("spark.openlineage.parentJobNamespace", "airflow");
        settings.setProperty("spark.openlineage.parentJobName", "flight_delay.score");
        settings.setProperty("spark.openlineage.parentRunId", "0190-1");
        settings.setProperty("spark.openlineage.rootParentRunId", "");
        settings.setProperty("spark.openlineage.transport.auth.apiKey", "hidden");

        assertThat(Provenance.parent(settings))
                .isEqualTo(Map.of(
                        "parent_job_namespace", "airflow",
                        "parent_job_name", "flight_delay.score",
                        "parent_run_id", "0190-1"));
        assertThat(Provenance.parent(new Properties())).isEmpty();
    }

    @Test
    void theCommitOfThePipelinesOwnRepositoryIsRecordedAndWhetherItsFilesAreThoseOfIt() throws Exception {
        Path repository = Files.createDirectories(folder.resolve("a repository"));
        Path pipeline = Files.writeString(
                Files.createDirectories(repository.resolve("conf")).resolve("shop.conf"), "pipeline = shop");
        List<String> files = List.of(folder.resolve("elsewhere.conf").toString(), pipeline.toString());
        Files.writeString(folder.resolve("elsewhere.conf"), "");
        assertThat(PipelineCommit.of(files)).isEmpty();
        assertThat(git(repository, "init", "-q")).as("git").isTrue();
        git(repository, "add", ".");
        git(repository, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "one");

        Map<String, String> clean = PipelineCommit.of(files);
        Files.writeString(repository.resolve("other.txt"), "not read by any run");
        Map<String, String> stillClean = PipelineCommit.of(files);
        git(repository, "pack-refs", "--all");
        Files.writeString(pipeline, "pipeline = other");
        Map<String, String> dirty = PipelineCommit.of(files);

        assertThat(clean).containsEntry("pipeline_dirty", "false").isEqualTo(stillClean);
        assertThat(clean.get("pipeline_commit")).matches("[0-9a-f]{40}");
        assertThat(dirty)
                .containsEntry("pipeline_dirty", "true")
                .containsEntry("pipeline_commit", clean.get("pipeline_commit"));
    }

    @Test
    void aRepositoryThatCannotBeReadFailsNoRun() throws Exception {
        Path pipeline = Files.writeString(folder.resolve("shop.conf"), "pipeline = shop");
        Files.writeString(folder.resolve(".git"), "gitdir: /nowhere/at/all");

        assertThat(PipelineCommit.of(List.of(pipeline.toString()))).doesNotContainKey("pipeline_commit");
        assertThat(PipelineCommit.of(List.of("/no/such/file.conf"))).isEmpty();
    }

    private static boolean git(Path folder, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("git", "-C", folder.toString()));
        command.addAll(List.of(arguments));
        try {
            return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
