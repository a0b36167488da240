package io.penstock.jobs.stage;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.run.StageContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The change logs that a stage reads, each at the version it had when it was first asked for. */
final class BronzeTables implements Function<String, Dataset<Row>> {
    private final PipelineConfig config;
    private final StageContext work;
    private final Map<String, Pin.TablePin> read = new LinkedHashMap<>();

    BronzeTables(PipelineConfig config, StageContext work) {
        this.config = config;
        this.work = work;
    }

    /** @throws PenstockException {@code PEN-ING-001} when the source has never landed a file */
    @Override
    public Dataset<Row> apply(String source) {
        String table = Tables.bronze(source);
        long version = read.containsKey(source)
                ? read.get(source).version()
                : work.tables().version(table);
        if (version < 0) {
            throw new PenstockException(
                    ErrorCode.NOTHING_LANDED,
                    "Source " + source + " has never landed a file, so it has no table to compute features of",
                    config.source(source).path(),
                    "Check the path of the source, or remove the views that use it");
        }
        read.put(source, new Pin.TablePin(table, version, 0));
        return work.tables().read(table, version);
    }

    List<Pin> pins() {
        return List.copyOf(read.values());
    }
}
