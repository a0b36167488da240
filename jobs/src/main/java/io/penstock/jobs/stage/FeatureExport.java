package io.penstock.jobs.stage;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.features.SpineRows;
import io.penstock.jobs.report.CsvFile;
import io.penstock.jobs.run.StageContext;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;

/**
 * What a model is given, with the whole numbers behind it, as a file for others to check: one line per spine row, computed
 * once more of bronze. It changes no table.
 */
public final class FeatureExport {
    private final PipelineConfig config;
    private final ModelSpec model;

    private FeatureExport(PipelineConfig config, ModelSpec model) {
        this.config = config;
        this.model = model;
    }

    /** @throws PenstockException {@code PEN-CFG-037} when there is no such model, or none is named and there are several */
    public static FeatureExport of(PipelineConfig config, Optional<String> name) {
        List<String> names = List.copyOf(config.models().keySet());
        String chosen = name.orElse(names.size() == 1 ? names.get(0) : "");
        if (!names.contains(chosen)) {
            throw new PenstockException(
                    ErrorCode.AMBIGUOUS_MODEL,
                    chosen.isEmpty() ? "Which model's features shall be exported?" : "No such model: " + chosen,
                    "--model",
                    names.isEmpty() ? "Declare a model in " + config.pipeline() : "Use one of " + names);
        }
        return new FeatureExport(config, config.models().get(chosen));
    }

    /**
     * @param asked units whose rows are wanted; a backtest is asked as of the cut of the last of them
     * @return path, rows and columns of the file
     */
    public Map<String, Object> write(List<Unit> asked, StageContext work, Path file) {
        Set<UnitId> ingested = Set.copyOf(work.history().doneUnits(Stage.INGEST, ""));
        List<Unit> units =
                asked.stream().filter(unit -> ingested.contains(unit.id())).toList();
        if (units.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.UNITS_NOT_INGESTED,
                    "Cannot export features: none of these units is ingested",
                    asked.get(0) + " … " + asked.get(asked.size() - 1),
                    "Run their ingestion first: penstock run " + config.pipeline() + " --stage ingest");
        }
        if (units.size() < asked.size()) {
            work.progress()
                    .warning("export: " + (asked.size() - units.size()) + " of " + asked.size()
                            + " units are not ingested and left out, the last exported is "
                            + units.get(units.size() - 1));
        }
        work.progress().working("export of " + model.name());
        BronzeTables bronze = new BronzeTables(config, work);
        Unit last = asked.get(asked.size() - 1);
        long start = System.nanoTime();
        try (SpineRows questions = model.backtest()
                ? SpineRows.backtest(config, model, last, units, bronze)
                : SpineRows.atCuts(config, model, units, bronze)) {
            if (!questions.leftOut().isEmpty()) {
                work.progress().note(questions.leftOut());
            }
            Dataset<Row> rows = questions.explained().persist(StorageLevel.DISK_ONLY());
            long count =
                    CsvFile.write(file, rows.columns(), rows.orderBy(order()).toLocalIterator());
            rows.unpersist();
            questions.requireNoRefusal();
            work.progress()
                    .done(
                            "export " + model.name(),
                            String.format(java.util.Locale.ROOT, "%,d rows in %s", count, file),
                            (System.nanoTime() - start) / 1e9);
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("path", file.toAbsolutePath().toString());
            facts.put("model", model.name());
            facts.put("rows", count);
            facts.put("units", units.size());
            facts.put("units_not_ingested", asked.size() - units.size());
            facts.put("left_out", questions.leftOut());
            facts.put("columns", rows.columns().length);
            return facts;
        }
    }

    private Column[] order() {
        List<String> names =
                new java.util.ArrayList<>(config.source(model.spine().from()).key());
        names.add(0, "unit");
        return names.stream().map(name -> functions.col(name)).toArray(Column[]::new);
    }
}
