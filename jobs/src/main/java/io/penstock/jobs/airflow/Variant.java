package io.penstock.jobs.airflow;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Schedule;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.config.AirflowSpec.Granularity;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.airflow.Task.Table;
import io.penstock.jobs.stage.Tables;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A DAG for one way of running a pipeline. */
public enum Variant {
    /** A unit at each cut, from its files to its scores. */
    DAILY {
        @Override
        Blueprint blueprint(PipelineConfig config) {
            List<Task> tasks =
                    config.airflow().granularity() == Granularity.UNIT ? List.of(wholeUnit(config)) : eachStage(config);
            Timetable timetable = Timetable.of(config);
            return new Blueprint(
                    List.of("datetime", "timedelta", "timezone"),
                    timetable.sdk(),
                    Template.read("unit.py").text() + timetable.before(),
                    timetable.arguments(),
                    unitParam(
                            config.schedule(),
                            "The unit to do, when the run is started by hand. Default: the one that is due."),
                    tasks,
                    tasks.stream().map(Task::id).collect(Collectors.joining(" >> ", "", "\n")));
        }
    },
    /** A range of units by one run. */
    BACKFILL {
        @Override
        Blueprint blueprint(PipelineConfig config) {
            List<Table> outlets = new ArrayList<>(tables(config));
            config.publishedModels().forEach(model -> outlets.add(performance(model)));
            List<Stage> stages = new ArrayList<>(stages(config));
            if (!config.publishedModels().isEmpty()) {
                stages.add(Stage.EVALUATE);
            }
            Task load = new Task(
                    "load",
                    "Runs all stages over the range in one Spark session. What is done already is not done again.",
                    Task.stages(stages),
                    List.of("units=[\"--from={{ params['from'] }}\", \"--to={{ params['to'] }}\"]"),
                    outlets);
            return new Blueprint(
                    List.of("timedelta"),
                    ON_DEMAND,
                    "",
                    onDemand("None"),
                    "\"from\": Param(type=\"string\", " + format(config.schedule()) + ", description=\"First unit\"),\n"
                            + "\"to\": Param(type=\"string\", " + format(config.schedule())
                            + ", description=\"Last unit\"),",
                    List.of(load),
                    "");
        }
    },
    /** The training stages of one unit of {@code training.at}. */
    RETRAIN {
        @Override
        Blueprint blueprint(PipelineConfig config) {
            List<UnitId> units = trainings(config);
            if (units.isEmpty()) {
                throw new PenstockException(
                        ErrorCode.NEVER_TRAINED,
                        "Cannot export a retraining: no model has a unit to train at",
                        config.pipeline() + ": models",
                        "Name units in training.at of a model, or export the other variants");
            }
            String all = units.stream()
                    .map(unit -> Python.text(unit.toString()))
                    .collect(Collectors.joining(", ", "[", "]"));
            String last = Python.text(units.get(units.size() - 1).toString());
            return new Blueprint(
                    List.of("timedelta"),
                    ON_DEMAND,
                    "",
                    onDemand("None"),
                    "\"unit\": Param(" + last + ", enum=" + all + ", description=\"The unit at whose cut to train\"),",
                    List.of(train("units=[\"--unit={{ params.unit }}\"]")),
                    "");
        }
    },
    /** Performance of scores, whenever some were published. */
    MONITOR {
        @Override
        Blueprint blueprint(PipelineConfig config) {
            if (config.publishedModels().isEmpty()) {
                throw new PenstockException(
                        ErrorCode.NOTHING_TO_MONITOR,
                        "Cannot export a monitor: no model is scored",
                        config.pipeline() + ": models",
                        "Declare a model that is no backtest, or export the other variants");
            }
            String scores = config.publishedModels().stream()
                    .map(model -> scores(model).python())
                    .collect(Collectors.joining(", ", "[", "]"));
            Task evaluate = new Task(
                            "evaluate",
                            "Compares scores with the labels that are mature at the cut of these units.",
                            Task.stages(List.of(Stage.EVALUATE)),
                            List.of(
                                    "max_active_tis_per_dagrun=1",
                                    "map_index_template=\"{{ task.units | join(' ') }}\""),
                            config.publishedModels().stream()
                                    .map(Variant::performance)
                                    .toList())
                    .forEach("ranges()");
            return new Blueprint(
                    List.of(config.schedule().isWithinDay() ? "datetime" : "date", "timedelta"),
                    List.of("DAG", "Asset", "ObjectStoragePath", "Param", "Variable", "task"),
                    ranges(config.schedule()),
                    onDemand(scores),
                    unitParam(
                            config.schedule(),
                            "The unit to judge, when the run is started by hand. Default: the units of its events."),
                    List.of(evaluate),
                    "");
        }
    };

    private static final String NAMED_OR_DUE = "units=[UNIT]";
    private static final List<String> ON_DEMAND = List.of("DAG", "Asset", "ObjectStoragePath", "Param", "Variable");

    abstract Blueprint blueprint(PipelineConfig config);

    /** As {@code --variant} takes it. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** {@code flight_delay} for the daily one, {@code flight_delay_monitor}. */
    String dag(PipelineConfig config) {
        return this == DAILY ? config.folder() : config.folder() + "_" + id();
    }

    /** Those that make sense for the pipeline. */
    public static List<Variant> of(PipelineConfig config) {
        return Arrays.stream(values())
                .filter(variant -> variant != RETRAIN || !trainings(config).isEmpty())
                .filter(variant ->
                        variant != MONITOR || !config.publishedModels().isEmpty())
                .toList();
    }

    /** A task for each part of a unit's work that the pipeline has. */
    private static List<Task> eachStage(PipelineConfig config) {
        List<Task> tasks = new ArrayList<>(List.of(ingest(config)));
        if (!config.features().isEmpty()) {
            tasks.add(features(config));
        }
        if (!config.models().isEmpty()) {
            tasks.add(train(NAMED_OR_DUE));
        }
        if (!config.publishedModels().isEmpty()) {
            tasks.add(score(config));
        }
        return tasks;
    }

    /** Those of a unit that the pipeline has work for, up to its scores. */
    private static List<Stage> stages(PipelineConfig config) {
        List<Stage> stages = new ArrayList<>(List.of(Stage.INGEST));
        if (!config.features().isEmpty()) {
            stages.add(Stage.FEATURES);
        }
        if (!config.models().isEmpty()) {
            stages.addAll(List.of(Stage.TRAINING_SET, Stage.TRAIN, Stage.PROMOTE));
        }
        if (!config.publishedModels().isEmpty()) {
            stages.add(Stage.SCORE);
        }
        return stages;
    }

    private static Task ingest(PipelineConfig config) {
        return new Task(
                "ingest",
                "Takes the files that landed before the unit's cut into bronze; bad rows go to quarantine.",
                Task.stages(List.of(Stage.INGEST)),
                List.of(NAMED_OR_DUE),
                bronze(config));
    }

    private static Task features(PipelineConfig config) {
        return new Task(
                "features",
                "Computes the feature views as known at the unit's cut.",
                Task.stages(List.of(Stage.FEATURES)),
                List.of(NAMED_OR_DUE),
                views(config));
    }

    private static Task train(String units) {
        return new Task(
                "train",
                "Trains, and promotes what passes its gate. On units that are not in `training.at` there is nothing to do.",
                Task.stages(List.of(Stage.TRAINING_SET, Stage.TRAIN, Stage.PROMOTE)),
                List.of(units),
                List.of());
    }

    private static Task score(PipelineConfig config) {
        return new Task(
                "score",
                "Scores every row of the unit by the champion.",
                Task.stages(List.of(Stage.SCORE)),
                List.of(NAMED_OR_DUE),
                config.publishedModels().stream().map(Variant::scores).toList());
    }

    private static Task wholeUnit(PipelineConfig config) {
        return new Task(
                "run",
                "Runs all stages of the unit in one Spark session.",
                Task.stages(stages(config)),
                List.of(NAMED_OR_DUE),
                tables(config));
    }

    private static List<Table> tables(PipelineConfig config) {
        return Stream.of(
                        bronze(config).stream(),
                        views(config).stream(),
                        config.publishedModels().stream().map(Variant::scores))
                .flatMap(part -> part)
                .toList();
    }

    private static List<Table> bronze(PipelineConfig config) {
        return config.sources().keySet().stream()
                .map(source -> new Table(Tables.bronze(source), Stage.INGEST, ""))
                .toList();
    }

    private static List<Table> views(PipelineConfig config) {
        return config.features().values().stream()
                .map(view -> new Table(Tables.features(view), Stage.FEATURES, view.table()))
                .toList();
    }

    private static Table scores(ModelSpec model) {
        return new Table(Tables.scores(model), Stage.SCORE, model.name());
    }

    private static Table performance(ModelSpec model) {
        return new Table(Tables.performance(model), Stage.EVALUATE, model.name());
    }

    private static List<UnitId> trainings(PipelineConfig config) {
        return config.models().values().stream()
                .flatMap(model -> model.training().at().stream())
                .distinct()
                .sorted()
                .toList();
    }

    /** How a form of Airflow checks what is typed as a unit. */
    private static String format(Schedule schedule) {
        return schedule.isWithinDay() ? "pattern=r\"^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\dZ$\"" : "format=\"date\"";
    }

    /** The task that puts together units that follow each other. */
    private static String ranges(Schedule schedule) {
        Map<String, String> places = schedule.isWithinDay()
                ? Map.of(
                        "CUT", "cut",
                        "PARSED", "datetime.strptime(unit, \"%Y-%m-%dT%H:%MZ\")",
                        "STEP", "timedelta(hours=" + schedule.hours() + ")",
                        "FORMAT", ":%Y-%m-%dT%H:%MZ")
                : Map.of("CUT", "day", "PARSED", "date.fromisoformat(unit)", "STEP", "timedelta(days=1)", "FORMAT", "");
        return Template.read("ranges.py").fill(places);
    }

    private static String unitParam(Schedule schedule, String description) {
        return "\"unit\": Param(\n    None,\n    type=[\"null\", \"string\"],\n    " + format(schedule)
                + ",\n    description=" + Python.text(description) + ",\n),";
    }

    private static String onDemand(String schedule) {
        return "schedule=" + schedule + ",\ncatchup=False,\nmax_active_runs=1,";
    }
}
