package io.penstock.jobs.run;

import io.penstock.core.ErrorCode;
import io.penstock.core.Json;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Verdict;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.storage.StorageErrors;
import io.penstock.jobs.report.WholeFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;

/** {@code result.json}: what a scheduler reads, since exit codes are lost in cluster deploy mode. */
public final class RunReport {
    private static final Pattern ADDRESS = Pattern.compile("[a-z][a-z0-9+.-]+://");

    private RunReport() {}

    public static Map<String, Object> of(PipelineConfig config, Executor.Result result) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("run", result.runId());
        report.put("pipeline", config.pipeline());
        report.put("exit", result.exit().value());
        report.put("retryable", result.exit().retryable());
        report.put("unchanged", result.nothingToDo());
        report.put("seconds", result.seconds());
        report.put("messages", result.messages());
        report.put("steps", steps(result.steps()));
        List<Map<String, Object>> manifests = new ArrayList<>();
        result.manifests().forEach(manifest -> {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("stage", manifest.stage().id());
            entry.put("subject", manifest.subject());
            entry.put("unit", manifest.unit().toString());
            entry.put("status", manifest.status().name().toLowerCase(java.util.Locale.ROOT));
            entry.put("run", manifest.runId());
            entry.put("counts", manifest.counts());
            entry.put("facts", facts(manifest));
            entry.put(
                    "verdicts",
                    manifest.verdicts().stream()
                            .filter(verdict -> verdict.outcome() != Verdict.Outcome.PASSED)
                            .map(RunReport::verdict)
                            .toList());
            manifests.add(entry);
        });
        report.put("manifests", manifests);
        return report;
    }

    private static Map<String, Object> facts(Manifest manifest) {
        Map<String, Object> facts = new TreeMap<>(manifest.facts());
        facts.replaceAll((name, text) -> Json.unfolded((String) text));
        return facts;
    }

    private static Map<String, Object> verdict(Verdict verdict) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("table", verdict.table());
        entry.put("rule", verdict.rule());
        entry.put("outcome", verdict.outcome().name().toLowerCase(java.util.Locale.ROOT));
        entry.put("value", Double.isNaN(verdict.value()) ? null : (Double) verdict.value());
        entry.put("message", verdict.message());
        return entry;
    }

    /** What a plan decided, as {@code plan --json} and {@code result.json} show it alike. */
    public static List<Map<String, Object>> steps(List<Planner.Step> steps) {
        List<Map<String, Object>> entries = new ArrayList<>();
        steps.forEach(step -> {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("stage", step.stage().id());
            entry.put("subject", step.subject());
            entry.put("unit", step.unit().toString());
            entry.put("decision", step.decision().name().toLowerCase(java.util.Locale.ROOT));
            entry.put("reason", step.reason());
            entries.add(entry);
        });
        return entries;
    }

    public static Map<String, Object> of(PenstockException error) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("exit", error.exit().value());
        report.put("retryable", error.exit().retryable());
        report.put("code", error.code());
        report.put("what", error.what());
        report.put("where", error.where());
        report.put("remedy", error.remedy());
        return report;
    }

    /**
     * @param target a file, or an address of a file system that Hadoop knows; {@code s3} is what Hadoop calls s3a
     * @param hadoop how that file system is reached
     */
    public static void write(String target, Map<String, Object> report, Configuration hadoop) {
        if (!ADDRESS.matcher(target).lookingAt()) {
            write(Path.of(target), report);
            return;
        }
        org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path(target.replaceFirst("^s3://", "s3a://"));
        try (OutputStream out = file.getFileSystem(hadoop).create(file, true)) {
            out.write(Json.pretty(report).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw StorageErrors.of(e, target).orElseGet(() -> unwritten(target, e));
        }
    }

    /** Writes the report whole or not at all. */
    public static void write(Path file, Map<String, Object> report) {
        try {
            WholeFile.write(file, Json.pretty(report));
        } catch (IOException e) {
            throw unwritten(file.toString(), e);
        }
    }

    private static PenstockException unwritten(String where, IOException cause) {
        return new PenstockException(
                ErrorCode.RESULT_NOT_WRITTEN,
                "Cannot write the result: " + cause.getMessage(),
                where,
                "Check that the folder exists and has space",
                cause);
    }
}
