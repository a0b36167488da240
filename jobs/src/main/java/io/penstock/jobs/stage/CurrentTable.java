package io.penstock.jobs.stage;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.row_number;

import io.penstock.core.Intent;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.delta.Publication;
import io.penstock.core.delta.Target;
import io.penstock.jobs.run.StageContext;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.functions;

/**
 * {@code bronze/<source>_current}: the last version of each key that a unit took, withdrawn keys left out; for people who want
 * to look, no stage reads it. It follows the commit of its source's change log and is made again each time: a pass over all of
 * that log.
 */
final class CurrentTable {
    private final SourceSpec source;
    private final Intent intent;
    private final StageContext work;

    CurrentTable(SourceSpec source, Intent intent, StageContext work) {
        this.source = source;
        this.intent = intent;
        this.work = work;
    }

    void publish() {
        String table = Tables.bronze(source.name());
        if (!work.tables().exists(table)) {
            return;
        }
        Publication publication = work.publication(intent);
        Dataset<Row> rows = last(work.tables().read(table));
        Target target = Tables.target(
                Tables.current(source.name()),
                "The last version of each key of " + source.name(),
                source.key(),
                List.of(),
                Target.Scope.TABLE);
        publication.stage(target, rows);
        publication.commit(Map.of());
    }

    private Dataset<Row> last(Dataset<Row> log) {
        Column[] newestFirst = List.of("_sequence", "_known_at", "_position", "_row_id").stream()
                .map(column -> col(column).desc())
                .toArray(Column[]::new);
        return log.withColumn(
                        "_nth", row_number().over(Window.partitionBy(keys()).orderBy(newestFirst)))
                .filter(col("_nth").equalTo(1).and(col("_op").equalTo("+")))
                .drop("_nth", "_op");
    }

    private Column[] keys() {
        return source.key().stream().map(functions::col).toArray(Column[]::new);
    }
}
