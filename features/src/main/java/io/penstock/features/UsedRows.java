package io.penstock.features;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.ViewSpec;
import io.penstock.core.sql.UnitColumn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Which bronze rows decided the inputs of one spine row.
 *
 * <p>Of the spine: every version of the key that the unit took. Of a view's source: first the candidates, the rows of the
 * asked entity that are usable at the cut and, of an aggregate, inside its widest window, or, for latest values, not before
 * the chosen row; whether or not the view's row filter lets them pass (it read them to decide), and even if superseded. For
 * each key that has a candidate, the row that counts is the key's current version, whatever it says: it is a candidate
 * itself, or it is what keeps the candidate out (a correction, a move to another entity, a deletion). Those current versions
 * are listed. A superseded version is not: with its superseder in place, nothing it holds can reach the row.
 *
 * <p>In sources of mode {@code append} nothing is superseded and the candidates are listed themselves.
 */
public final class UsedRows {
    private UsedRows() {}

    /**
     * @param key column → value for all key columns of the spine's source; compared after a cast to the column's type
     * @param bronze source name → its change log
     * @return {@code source}, {@code _file_id}, {@code _row_id}, distinct; already computed
     * @throws PenstockException {@code PEN-FEA-007} when the unit has no such spine row
     */
    public static Dataset<Row> of(
            PipelineConfig config,
            ModelSpec model,
            Unit unit,
            Map<String, ?> key,
            Function<String, Dataset<Row>> bronze) {
        AsOfInstants cuts = new AsOfInstants(List.of(unit));
        SourceSpec spine = config.source(model.spine().from());
        Dataset<Row> versions = ofKey(spine, key, bronze.apply(spine.name()));
        Row asked = asked(spine, unit, key, cuts, versions);

        Dataset<Row> used = named(
                spine.name(),
                versions.filter(col("unit")
                        .equalTo(UnitColumn.literal(unit.id()))
                        .and(col(ValidIntervals.KNOWN_AT).leq(lit(unit.cut())))));
        Map<String, List<ViewSpec>> bySource = model.views().stream()
                .map(config.features()::get)
                .filter(view -> view.entity().stream().noneMatch(name -> asked.isNullAt(asked.fieldIndex(name))))
                .collect(Collectors.groupingBy(ViewSpec::from, LinkedHashMap::new, Collectors.toList()));
        List<Dataset<Row>> held = new ArrayList<>();
        for (Map.Entry<String, List<ViewSpec>> entry : bySource.entrySet()) {
            SourceSpec source = config.source(entry.getKey());
            Dataset<Row> known = known(source, entry.getValue(), cuts, bronze.apply(source.name()))
                    .persist();
            held.add(known);
            Dataset<Row> candidates = entry.getValue().stream()
                    .map(view -> candidates(view, cuts, known, asked))
                    .reduce(Dataset::union)
                    .orElseThrow();
            used = used.union(named(source.name(), deciding(source, known, candidates)));
        }
        Dataset<Row> result = used.distinct().localCheckpoint();
        held.forEach(Dataset::unpersist);
        return result;
    }

    /** The rows of a source that are known at the cut and may matter to one of the views; its columns are not pruned. */
    private static Dataset<Row> known(SourceSpec source, List<ViewSpec> views, AsOfInstants cuts, Dataset<Row> log) {
        return ValidIntervals.timed(source, cuts, log, SourceRows.reach(views))
                .filter(col(ValidIntervals.KNOWN).equalTo(1));
    }

    private static Dataset<Row> ofKey(SourceSpec source, Map<String, ?> key, Dataset<Row> log) {
        Dataset<Row> rows = log;
        for (String name : source.key()) {
            rows = rows.filter(col(name)
                    .eqNullSafe(lit(key.get(name)).cast(log.schema().apply(name).dataType())));
        }
        return rows;
    }

    private static Row asked(
            SourceSpec source, Unit unit, Map<String, ?> key, AsOfInstants cuts, Dataset<Row> versions) {
        List<Row> found = Spine.rows(source, cuts, versions).takeAsList(1);
        if (found.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.SPINE_ROW_NOT_FOUND,
                    "Cannot find a row of unit " + unit + " with the key columns " + key.keySet(),
                    "bronze/" + source.name(),
                    "Check the key and the unit with a query on the scores table");
        }
        return found.get(0);
    }

    private static Dataset<Row> deciding(SourceSpec source, Dataset<Row> known, Dataset<Row> candidates) {
        if (!ValidIntervals.supersedes(source)) {
            return candidates;
        }
        Column sameKey = lit(true);
        List<Column> keys = new ArrayList<>();
        for (String name : source.key()) {
            keys.add(col(name).as("_key_" + name));
            sameKey = sameKey.and(col(name).eqNullSafe(col("_key_" + name)));
        }
        return known.filter(col(ValidIntervals.END).gt(1))
                .join(candidates.select(keys.toArray(Column[]::new)).distinct(), sameKey, "left_semi");
    }

    private static Dataset<Row> candidates(ViewSpec view, AsOfInstants cuts, Dataset<Row> known, Row asked) {
        Column ofEntity = lit(true);
        for (String name : view.entity()) {
            Object value = asked.get(asked.fieldIndex(name));
            ofEntity = ofEntity.and(
                    col(name).equalTo(lit(value).cast(known.schema().apply(name).dataType())));
        }
        Dataset<Row> usable = known.filter(ofEntity.and(col(ValidIntervals.OP).equalTo("+"))
                .and(col(ValidIntervals.ENTER).equalTo(1)));
        List<Duration> windows = ValidIntervals.windows(view);
        if (windows.isEmpty()) {
            return notBeforeChosen(view, cuts, usable);
        }
        Duration widest = windows.get(windows.size() - 1);
        Dataset<Row> inWindow = usable.filter(
                cuts.indexOf(col(ValidIntervals.EVENT_TIME), widest).gt(1));
        return view.latest().isEmpty() ? inWindow : inWindow.union(notBeforeChosen(view, cuts, usable));
    }

    private static Dataset<Row> notBeforeChosen(ViewSpec view, AsOfInstants cuts, Dataset<Row> usable) {
        Dataset<Row> fresh = view.maxAge().isEmpty()
                ? usable
                : usable.filter(cuts.indexAfter(
                                col(ValidIntervals.EVENT_TIME), view.maxAge().get())
                        .gt(1));
        Dataset<Row> chosen = fresh.filter(col(ValidIntervals.END).gt(1).and(ValidIntervals.passes(view, fresh)))
                .agg(max(ValidIntervals.latestOrder()).as("_chosen"));
        return fresh.crossJoin(chosen)
                .filter(col("_chosen").isNull().or(ValidIntervals.latestOrder().geq(col("_chosen"))))
                .drop("_chosen");
    }

    private static Dataset<Row> named(String source, Dataset<Row> rows) {
        return rows.select(lit(source).as("source"), col(ValidIntervals.FILE_ID), col(ValidIntervals.ROW_ID));
    }
}
