package io.penstock.jobs.run;

import io.penstock.core.Intent;
import io.penstock.core.ManifestStore;
import io.penstock.core.Measures;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.delta.DeltaTables;
import io.penstock.core.delta.Publication;
import io.penstock.core.history.History;
import io.penstock.core.history.ModelCache;
import io.penstock.core.model.ModelRegistry;
import io.penstock.core.model.Predictors;
import io.penstock.core.model.Tracker;
import io.penstock.jobs.report.Progress;
import io.penstock.training.Trainer;
import org.apache.spark.sql.SparkSession;

/**
 * What a stage works with. The Spark session starts when the first stage asks for it: a run with nothing to do never does.
 */
public interface StageContext {
    PipelineConfig config();

    SparkSession spark();

    DeltaTables tables();

    ManifestStore store();

    Measures measures();

    Tracker tracker();

    ModelRegistry registry();

    Predictors predictors();

    /** @param name as a candidate names it */
    Trainer trainer(String name);

    ModelCache models();

    Progress progress();

    /** The history as of the start of the stage. */
    History history();

    /** A publication under the intent, fenced by the attempt this process claimed. */
    Publication publication(Intent intent);

    /**
     * To be called before anything is changed outside the tables, such as an alias.
     *
     * @throws io.penstock.core.PenstockException {@code PEN-RUN-050} when another process took the run over
     */
    void requireStillMine(Intent intent);

    /**
     * To be called before a commit by a stage that learns only from its files what it was given.
     *
     * @throws io.penstock.core.PenstockException {@code PEN-RUN-062} when the run goes by a plan and that says otherwise
     */
    void requirePlanned(Intent intent, Unit unit, String content);
}
