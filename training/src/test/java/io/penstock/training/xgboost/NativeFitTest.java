package io.penstock.training.xgboost;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.PenstockException;
import io.penstock.training.FitRequest;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What native code does to its process when it is handed a value it cannot take: nothing, because it never is. In a process
 * of its own, which a single such value would end with 134.
 */
class NativeFitTest {
    private static final String REFUSED_LABEL = "PEN-ML-004";
    private static final String NO_LABEL = "PEN-ML-007";
    private static final String TOO_LARGE = "PEN-ML-006";
    private static final String FITTED = "fitted";

    @TempDir
    private Path folder;

    /** The child: spoils one row's column by each pair of arguments (row, column = value), fits, and prints what happened. */
    public static final class Fitting {
        private static final FitRequest REQUEST = new FitRequest(
                List.of("hour", "rate"),
                List.of("id"),
                Map.of("objective", "binary:logistic", "max_depth", "2", "seed", "7", "tree_method", "hist"),
                1,
                2,
                0);

        private Fitting() {}

        public static void main(String[] arguments) {
            try (SparkSession spark = SparkSession.builder()
                    .master("local[1]")
                    .config("spark.sql.shuffle.partitions", "1")
                    .config("spark.ui.enabled", "false")
                    .getOrCreate()) {
                Dataset<Row> sound = spark.range(0, 200, 1, 1)
                        .selectExpr(
                                "id",
                                "date'2013-10-01' AS unit",
                                "timestamp'2013-10-01 08:00:00' AS as_of",
                                "cast(id % 24 AS double) AS hour",
                                "cast(id % 17 AS double) AS rate",
                                "cast(id % 24 >= 12 AS double) AS label",
                                "1.0D AS weight",
                                "if(id < 150, 'train', 'validation') AS split")
                        .localCheckpoint();
                for (String argument : arguments) {
                    String[] parts = argument.split("[ =]");
                    System.out.println("case " + argument + " → " + outcome(spoilt(sound, parts)));
                }
            }
        }

        private static Dataset<Row> spoilt(Dataset<Row> sound, String[] parts) {
            return sound.withColumn(
                    parts[1],
                    when(col("id").equalTo(Long.parseLong(parts[0])), expr("cast('" + parts[2] + "' AS double)"))
                            .otherwise(col(parts[1])));
        }

        private static String outcome(Dataset<Row> set) {
            try {
                new XgboostTrainer().fit(set, REQUEST);
                return FITTED;
            } catch (PenstockException e) {
                return e.code();
            }
        }
    }

    @Test
    void nullNanAndInfinityInLabelsWeightsAndFeaturesEndWithACodeAndNeverWith134() throws Exception {
        Map<String, String> expected = new LinkedHashMap<>();
        for (int row : List.of(17, 160)) { // of the training rows, and of those for validation
            for (String value : List.of("NULL", "NaN", "Infinity", "-Infinity")) {
                expected.put(row + " label=" + value, REFUSED_LABEL);
                expected.put(row + " weight=" + value, REFUSED_LABEL);
            }
            expected.put(row + " label=1e300", NO_LABEL);
            expected.put(row + " label=0.5", NO_LABEL);
            expected.put(row + " weight=1e300", REFUSED_LABEL);
            expected.put(row + " weight=-1", REFUSED_LABEL);
            for (String value : List.of("Infinity", "-Infinity", "1e300", "-1e300", "3.5e38")) {
                expected.put(row + " rate=" + value, TOO_LARGE);
            }
            // Missing is a value like any other, and so is what a float just holds.
            expected.put(row + " rate=NaN", FITTED);
            expected.put(row + " hour=NULL", FITTED);
            expected.put(row + " rate=3.4e38", FITTED);
            expected.put(row + " rate=1e-320", FITTED);
        }

        List<String> said = child(List.copyOf(expected.keySet()));

        assertThat(said)
                .containsExactlyElementsOf(expected.entrySet().stream()
                        .map(entry -> "case " + entry.getKey() + " → " + entry.getValue())
                        .toList());
    }

    private List<String> child(List<String> cases) throws Exception {
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> !argument.startsWith("-javaagent") && !argument.startsWith("-Xmx"))
                .forEach(command::add);
        command.addAll(List.of(
                "-Xmx1g",
                "-XX:ErrorFile=" + folder.resolve("hs_err.log"),
                "-XX:TieredStopAtLevel=1",
                "-Dspark.sql.codegen.wholeStage=false",
                "-Dfile.encoding=UTF-8",
                "-Dsun.stdout.encoding=UTF-8",
                "-cp",
                System.getProperty("java.class.path"),
                Fitting.class.getName()));
        command.addAll(cases);
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
        List<String> said = Files.readString(out, StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith("case "))
                .toList();
        assertThat(process.exitValue())
                .as("after %s of %s cases, the last of them %s: %s", said.size(), cases.size(), last(said), tail(err))
                .isZero();
        return said;
    }

    private static String last(List<String> said) {
        return said.isEmpty() ? "none" : said.get(said.size() - 1);
    }

    private static String tail(Path file) throws Exception {
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }
}
