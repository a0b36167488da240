package io.penstock.core;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What one stage did for one unit. Everything else (incremental, plan, lineage, reproduce, retention, audit) follows from
 * these.
 *
 * @param subject what the stage worked on where it has several, such as a model's name; empty otherwise
 * @param recipe sha256 of the {@link Recipe}
 * @param inputContent sha256 over what this unit and the ones before it took
 * @param counts rows by name, for example {@code bronze/schedules}
 * @param facts small facts of the stage (metrics, names, verdict texts); recorded
 * @param provenance jar hash, commit, versions, Spark's master and application, host: recorded, never compared
 * @param previous hash of the pipeline's manifest before this one: the audit chain
 */
public record Manifest(
        String pipeline,
        Stage stage,
        String subject,
        UnitId unit,
        String runId,
        Status status,
        String recipe,
        String inputContent,
        List<Pin> inputs,
        List<Pin> outputs,
        List<Verdict> verdicts,
        Map<String, Long> counts,
        Map<String, String> facts,
        Map<String, String> provenance,
        Instant started,
        Instant finished,
        String actor,
        String previous) {
    public enum Status {
        DONE,
        REFUSED
    }

    /** Content hash of this manifest with its link to the one before. */
    public String hash() {
        return Hashes.sha256(Json.canonical(this));
    }

    public Manifest chainedTo(String previousHash) {
        return new Manifest(
                pipeline,
                stage,
                subject,
                unit,
                runId,
                status,
                recipe,
                inputContent,
                inputs,
                outputs,
                verdicts,
                counts,
                facts,
                provenance,
                started,
                finished,
                actor,
                previousHash);
    }
}
