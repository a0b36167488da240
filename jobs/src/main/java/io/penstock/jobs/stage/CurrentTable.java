package io.penstock.jobs.stage;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.row_number;

import io.penstock.core.Intent;
import io.penstock.core.Stage;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.delta.Publication;
import io.penstock.core.delta.Target;
import io.penstock.jobs.run.Work;
import java.sql.Date;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.functions;
import scala.collection.JavaConverters;

/**
 * {@code bronze/<source>_current}: the last version of each key that a unit took, withdrawn keys left out; for people who want
 * to look, no stage reads it. It follows the commit of its source's change log. Of keys that no row of these units is of, the
 * rows stay what they were; the others are looked up in the change log.
 */
final class CurrentTable {
    private final PipelineConfig.Source source;
    private final Intent intent;
    private final Work work;

    CurrentTable(PipelineConfig.Source source, Intent intent, Work work) {
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
        Dataset<Row> rows = rows(work.tables().read(table));
        Target target = Tables.target(
                Tables.current(source.name()),
                "The last version of each key of " + source.name(),
                source.key(),
                List.of(),
                Target.Scope.TABLE);
        publication.stage(target, rows);
        publication.commit(Map.of());
    }

    private Dataset<Row> rows(Dataset<Row> log) {
        String current = Tables.current(source.name());
        boolean isAgain = intent.units().stream()
                .anyMatch(unit -> work.history().done(Stage.INGEST, "", unit).isPresent());
        if (isAgain || !work.tables().exists(current)) {
            return last(log);
        }
        List<Date> units = intent.units().stream().map(Date::valueOf).toList();
        Dataset<Row> touched = functions.broadcast(
                log.filter(col("unit").isInCollection(units)).select(keys()).distinct());
        var key = JavaConverters.asScalaBuffer(source.key()).toSeq();
        Dataset<Row> before = work.tables().read(current, intent.bases().get(current));
        return before.join(touched, key, "left_anti").unionByName(last(log.join(touched, key, "left_semi")), true);
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
