package io.penstock.jobs.stage;

import static org.apache.spark.sql.functions.col;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.delta.DeltaTables;
import io.penstock.core.history.LedgerProjection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** Whether bronze and quarantine hold of every file what the manifests that count say of it. */
public final class LedgerTables {
    private LedgerTables() {}

    private record Held(UnitId unit, String fileId) {}

    /** One line for each file of which a table holds another number of rows; none when they agree. */
    public static List<String> differences(PipelineConfig config, DeltaTables tables, List<Manifest> manifests) {
        Map<UnitId, Manifest> latest = new TreeMap<>();
        manifests.stream()
                .filter(manifest -> manifest.stage().equals(Stage.INGEST))
                .forEach(manifest -> latest.put(manifest.unit(), manifest));
        latest.values().removeIf(manifest -> manifest.status() != Manifest.Status.DONE);
        List<String> differences = new ArrayList<>();
        for (String source : config.sources().keySet()) {
            // Withdrawals that no record stands for have no position, and what is said once more has that of what it
            // repeats.
            Map<Held, Long> bronze =
                    counted(tables, Tables.bronze(source), "_position > 0", functions.countDistinct("_position"));
            Map<Held, Long> quarantine = counted(tables, Tables.quarantine(source), "true", functions.count("*"));
            for (Manifest manifest : latest.values()) {
                LedgerProjection.outcomes(manifest).forEach((file, outcome) -> {
                    if (file.source().equals(source)) {
                        Held held = held(manifest.unit(), file);
                        compare(
                                differences,
                                Tables.bronze(source),
                                file,
                                outcome.rowsOut(),
                                bronze.getOrDefault(held, 0L));
                        compare(
                                differences,
                                Tables.quarantine(source),
                                file,
                                outcome.rejected(),
                                quarantine.getOrDefault(held, 0L));
                    }
                });
            }
        }
        return differences;
    }

    private static Held held(UnitId unit, Pin.FilePin file) {
        return new Held(unit, LedgerEntry.fileId(file.path(), file.sha256()));
    }

    private static void compare(List<String> differences, String table, Pin.FilePin file, long told, long held) {
        if (told != held) {
            differences.add(table + " holds " + held + " rows of " + file.path() + ", its manifest tells " + told);
        }
    }

    private static Map<Held, Long> counted(DeltaTables tables, String table, String which, Column count) {
        Map<Held, Long> counts = new HashMap<>();
        if (tables.exists(table)) {
            Dataset<Row> rows = tables.read(table).filter(which);
            for (Row row : rows.groupBy(col("unit").cast("string"), col("_file_id"))
                    .agg(count)
                    .collectAsList()) {
                counts.put(new Held(UnitId.parse(row.getString(0)), row.getString(1)), row.getLong(2));
            }
        }
        return counts;
    }
}
