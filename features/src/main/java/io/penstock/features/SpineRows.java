package io.penstock.features;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.Verdict;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SourceSpec;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The spine rows of a model, each with its as-of, and what was known of them by then, computed of the change logs and not
 * read from feature tables. A backtest is made of these; of a published model they are what its feature tables hold.
 */
public final class SpineRows implements AutoCloseable {
    private final PipelineConfig config;
    private final ModelSpec model;
    private final Dataset<Row> spine;
    private final FeatureViews views;
    private final String leftOut;

    private SpineRows(PipelineConfig config, ModelSpec model, Dataset<Row> spine, FeatureViews views, String leftOut) {
        this.leftOut = leftOut;
        this.config = config;
        this.model = model;
        this.spine = spine;
        this.views = views;
    }

    /** Asked at the cut of each row's unit, of what that unit and earlier ones took. */
    public static SpineRows atCuts(
            PipelineConfig config, ModelSpec model, List<Unit> units, Function<String, Dataset<Row>> bronze) {
        SourceSpec source = config.source(model.spine().from());
        Dataset<Row> spine = Spine.rows(source, new AsOfInstants(units), bronze.apply(source.name()));
        return new SpineRows(config, model, spine, FeatureViews.compute(config, units, bronze), "");
    }

    /**
     * Asked at each row's own as-of, of what the unit {@code at} and earlier ones took. A row is asked once
     * {@code as-of + matures-after} has passed at the cut of {@code at}. Runs a job to learn the instants; the driver holds
     * eight bytes for each distinct one.
     *
     * @param units whose rows are asked
     * @throws PenstockException {@code PEN-FEA-005} when no row is mature, {@code PEN-FEA-008} when the as-of is no instant
     */
    public static SpineRows backtest(
            PipelineConfig config, ModelSpec model, Unit at, List<Unit> units, Function<String, Dataset<Row>> bronze) {
        SourceSpec source = config.source(model.spine().from());
        Dataset<Row> spine = Spine.backtest(source, model, at, units, bronze.apply(source.name()))
                .persist();
        String leftOut = told(Spine.leftOut(source, model, at, units, bronze.apply(source.name())));
        if (spine.isEmpty()) {
            spine.unpersist();
            throw new PenstockException(
                    ErrorCode.NOTHING_MATURE,
                    "Cannot ask the rows of a backtest at " + at.cut() + ": " + leftOut,
                    "models." + model.name() + ", unit " + at,
                    "Ask later than rows become known (spine.as-of, known-at), load earlier units, or lower matures-after");
        }
        return new SpineRows(config, model, spine, FeatureViews.backtest(config, model, at, spine, bronze), leftOut);
    }

    private static String told(Row counts) {
        return String.format(
                Locale.ROOT,
                "of %,d rows %,d are not known at their as-of, %,d are not mature, %,d have no as-of",
                counts.getLong(0),
                counts.getLong(2),
                counts.getLong(3),
                counts.getLong(1));
    }

    /** What became of the rows of a backtest that are not asked, as a line to show; empty of a published model. */
    public String leftOut() {
        return leftOut;
    }

    /** Key, {@code unit}, {@code as_of}, {@code code}, and the inputs that need some of the model's views only. */
    Dataset<Row> inputs(Collection<String> used) {
        return FeatureVectors.joinAsOf(config, model, used, spine, views::withOperands, false);
    }

    /**
     * Key, {@code unit}, {@code as_of}, {@code code}, and the inputs as {@link FeatureVectors#names} orders them; text is still
     * text. After every input that is a sum or a mean stand {@code <input>_sum} and {@code <input>_rows}: the exact total
     * and the number of values it is of.
     */
    public Dataset<Row> explained() {
        return FeatureVectors.joinAsOf(config, model, model.views(), spine, views::withOperands, true);
    }

    /** @see FeatureViews#refusals */
    public List<Verdict> refusals() {
        return views.refusals().values().stream().flatMap(List::stream).toList();
    }

    /**
     * To be called once the rows are read.
     *
     * @throws PenstockException {@code PEN-FEA-020} or {@code PEN-FEA-021} when some feature had no right value
     */
    public void requireNoRefusal() {
        views.requireNoRefusal();
    }

    @Override
    public void close() {
        views.close();
        spine.unpersist();
    }
}
