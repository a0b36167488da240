package io.penstock.jobs.run;

import io.penstock.core.Hashes;
import io.penstock.core.Worker;
import io.penstock.core.config.PipelineConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** Which code ran where: recorded with every manifest, never compared. */
final class Provenance {
    /** Names that Airflow's OpenLineage provider gives Spark for the task, and the run of the DAG, that started a job. */
    private static final String LINEAGE = "spark.openlineage.";

    private static final Map<String, String> PARENT = Map.of(
            "parent_job_namespace", "parentJobNamespace",
            "parent_job_name", "parentJobName",
            "parent_run_id", "parentRunId",
            "root_parent_job_namespace", "rootParentJobNamespace",
            "root_parent_job_name", "rootParentJobName",
            "root_parent_run_id", "rootParentRunId");

    private Provenance() {}

    static Map<String, String> collect(PipelineConfig config) {
        Map<String, String> facts = new TreeMap<>();
        facts.put("commit", commit());
        facts.put("jar_sha256", jarHash());
        facts.put("java", System.getProperty("java.version"));
        facts.put("spark", org.apache.spark.package$.MODULE$.SPARK_VERSION());
        facts.put("config_files", String.join(",", config.files()));
        facts.putAll(PipelineCommit.of(config.files()));
        facts.put("host", Worker.here().host());
        facts.putAll(parent(System.getProperties()));
        return facts;
    }

    /** Who started this process, as OpenLineage names it. Spark's settings are properties of the driver from its start. */
    static Map<String, String> parent(Properties settings) {
        Map<String, String> parent = new TreeMap<>();
        PARENT.forEach((fact, name) -> {
            String value = settings.getProperty(LINEAGE + name, "");
            if (!value.isBlank()) {
                parent.put(fact, value);
            }
        });
        return parent;
    }

    static String commit() {
        Properties build = new Properties();
        try (InputStream in = Provenance.class.getResourceAsStream("/penstock-build.properties")) {
            if (in != null) {
                build.load(in);
            }
        } catch (IOException e) {
            return "unknown";
        }
        return build.getProperty("git.commit.id", build.getProperty("git.commit.id.full", "unknown"));
    }

    private static String jarHash() {
        try {
            Path jar = Path.of(Provenance.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            if (!Files.isRegularFile(jar)) {
                return "classes";
            }
            MessageDigest digest = Hashes.digest();
            try (InputStream in = Files.newInputStream(jar)) {
                byte[] buffer = new byte[1 << 20];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    digest.update(buffer, 0, n);
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException | URISyntaxException e) {
            return "unknown";
        }
    }
}
