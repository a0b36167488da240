package io.penstock.core.config;

import static io.penstock.core.config.ValueType.anything;
import static io.penstock.core.config.ValueType.choice;
import static io.penstock.core.config.ValueType.date;
import static io.penstock.core.config.ValueType.duration;
import static io.penstock.core.config.ValueType.durations;
import static io.penstock.core.config.ValueType.expression;
import static io.penstock.core.config.ValueType.expressions;
import static io.penstock.core.config.ValueType.flag;
import static io.penstock.core.config.ValueType.map;
import static io.penstock.core.config.ValueType.number;
import static io.penstock.core.config.ValueType.text;
import static io.penstock.core.config.ValueType.texts;
import static io.penstock.core.config.ValueType.time;
import static io.penstock.core.config.ValueType.unit;
import static io.penstock.core.config.ValueType.whole;
import static io.penstock.core.config.ValueType.zone;

import com.typesafe.config.ConfigUtil;
import io.penstock.core.model.Metric;
import io.penstock.core.model.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Every key of a pipeline file: its type with the bounds, its default, and a sentence. The tables of {@code
 * docs/configuration.md} and the JSON schema for editors are made from it (Markdown is allowed in sentences). A binder
 * that reads a key which is not here, or with another default or other bounds, fails where assertions are enabled, as in
 * all tests.
 */
public final class ConfigKeys {
    static final String REQUIRED = "required";

    private static final List<ConfigKey> ALL = withGates(List.of(
            key(
                    "pipeline",
                    text(),
                    REQUIRED,
                    "name, `[a-z][a-z0-9-]*`; folder and SQL database with `_` for `-`. Two files of one name are "
                            + "one pipeline, whose definition changes from run to run: give each its own"),
            key("owner", text(), "empty", "who to ask"),
            key("description", text(), "empty", "one sentence for reports"),
            key("fragments", anything(), "", "anything; for parts that several places use as `${fragments.name}`"),
            key(
                    "schedule.every",
                    choice("1h", "2h", "3h", "4h", "6h", "8h", "12h", "1d", "1w", "1mo"),
                    "1d",
                    "`1d`: a unit each day; `1w`: on the `days` of each week; `1mo`: on the first of each month; hours: "
                            + "fixed steps in UTC. A unit takes what landed since the cut before. It is named by the date of its "
                            + "cut, or by its instant (`2013-12-25T08:00Z`) where units are shorter than a day"),
            key(
                    "schedule.days",
                    texts(),
                    "[mon]",
                    "of `every = 1w`: the days of the week with a cut, such as `[mon, thu]`"),
            key("schedule.cut", time(), "00:00", "local time of the cut, of hours one of them; needs quotes"),
            key("schedule.zone", zone(), "UTC", "time zone of the cut"),
            key("airflow.connection", text(), "spark_default", "Airflow's connection of the Spark cluster"),
            key("airflow.deploy-mode", choice("client", "cluster"), "client", "where the driver runs"),
            key(
                    "airflow.granularity",
                    choice("stage", "unit"),
                    "stage",
                    "`stage`: a task per stage; `unit`: one task for all stages of a unit, in one Spark session"),
            key("airflow.pool", text(), "none", "Airflow's pool for every task"),
            key("airflow.retries", whole(0, 100), "3", "tries after the first, of failures that a retry can help"),
            key("airflow.retry-delay", duration(), "5m", "between two tries"),
            key("airflow.timeout", duration(), "none", "how long one try of a task may take"),
            key(
                    "airflow.from",
                    unit(),
                    "the first unit that is scored (the earliest `scoring.from`)",
                    "first unit that is scheduled; a pipeline without a scored model needs it"),
            key("airflow.until", unit(), "none", "last unit that is scheduled, for data that ends; runs by hand go on"),
            key("penstock.work", text(), "`.penstock`, or `PENSTOCK_WORK`", "folder of a local run"),
            key(
                    "penstock.landing",
                    text(),
                    "<work>/landing",
                    "where files land: a folder, there already or not. Relative folders, here and in `work` and "
                            + "`warehouse`, lie below the folder that Penstock is started in: for schedulers write them "
                            + "absolute"),
            key(
                    "penstock.warehouse",
                    text(),
                    "<work>/warehouse",
                    "root of all tables; must not overlap `landing`, also not by a symbolic link"),
            key(
                    "penstock.mlflow",
                    text(),
                    "`MLFLOW_TRACKING_URI`, else the server that `penstock mlflow start` left running in the work "
                            + "folder, else `http://127.0.0.1:5000`",
                    "tracking server; a name and password in it, `http://${USER}:${PASSWORD}@host`, are its "
                            + "[login](operations.md#an-mlflow-server-with-a-login)"),
            key(
                    "penstock.single-writer",
                    flag(),
                    "false",
                    "your word that one process at a time writes the warehouse; needed [on "
                            + "S3](object-stores.md#two-writers)"),
            key(
                    "penstock.log-store",
                    choice("default", "dynamodb"),
                    "default",
                    "`dynamodb` makes commits on S3 atomic"),
            key(
                    "penstock.reads",
                    text(),
                    "none",
                    "[environment](environments.md) whose tables are read where this one has none of its own"),
            key(
                    "penstock.registry-prefix",
                    text(),
                    "empty",
                    "before the names of registered models and experiments, such as `dev.`; of each environment "
                            + "its own"),
            key(
                    "penstock.hadoop",
                    map(),
                    "",
                    "settings of the file systems, such as `fs.s3a.endpoint`; [never "
                            + "credentials](object-stores.md#credentials)"),
            key(
                    "sources.<name>.path",
                    text(),
                    REQUIRED,
                    "of a [Delta table](#delta-tables) its folder; else relative to `landing`; one folder is "
                            + "`landed={landed}`, the landing stamp; `{column}` stands for the value of a declared column, "
                            + "see [columns in folder names](#columns-in-folder-names); `*` and `?` match, all else is "
                            + "literal"),
            key(
                    "sources.<name>.format",
                    choice("csv", "json", "parquet", "delta"),
                    "csv",
                    "`csv`, `json` (one object per line), `parquet`; the first two plain, gzip or zstd. `delta`: a "
                            + "[Delta table](#delta-tables) of others"),
            key("sources.<name>.delimiter", text(), ",", "of CSV: one character, such as `\";\"` or `\"\\t\"`"),
            key(
                    "sources.<name>.escape",
                    text(),
                    "\"\\\"\"",
                    "of CSV, what makes a quote inside a quoted field a part of it: `\"\\\"\"`, another quote (RFC "
                            + "4180), `\"\\\\\"`, a backslash, as Spark, Hive and MySQL write it, or `none`: nothing is "
                            + "quoted, a quote is text. See [quotes](#quotes)"),
            key(
                    "sources.<name>.encoding",
                    choice("utf-8", "iso-8859-1", "windows-1252", "utf-16"),
                    "utf-8",
                    "of CSV and JSON: `utf-8`, `iso-8859-1`, `windows-1252`, `utf-16`; a UTF-8 byte order mark wins"),
            key(
                    "sources.<name>.max-record",
                    text(),
                    "1 MiB",
                    "longest record of CSV and JSON, counted in characters, at most `64 MiB`; a quoted CSV record "
                            + "that grows beyond it over several lines is taken for a [quote that never closes](#quotes)"),
            key(
                    "sources.<name>.mode",
                    choice("append", "upsert", "snapshot"),
                    "append",
                    "`append`; `upsert` (needs `key` and `sequence`); `snapshot` (needs `key`). Of an `append` "
                            + "source with a `key`, equal records of one unit are taken once and differing ones rejected; a "
                            + "record of that key in a later unit is one row more: where rows come again, use `upsert`"),
            key("sources.<name>.key", texts(), "[]", "columns that name a row"),
            key(
                    "sources.<name>.sequence",
                    expression(),
                    "",
                    "needed by `upsert`: `landed` or an expression that orders the versions of a key: a whole "
                            + "number, a time or a day by its value, or text. In bronze it is text that orders the same, "
                            + "`10` is `0000000000000000010`"),
            key(
                    "sources.<name>.delete-when",
                    expression(),
                    "none",
                    "of an `upsert`: condition over the columns, declared and derived, under which a record "
                            + "withdraws its key; NULL is no. See [withdrawals](#withdrawals)"),
            key("sources.<name>.event-time", expression(), REQUIRED, "`landed`, a timestamp column or an expression"),
            key("sources.<name>.known-at", expression(), "landed", "`landed`, `ingest` or an expression"),
            key(
                    "sources.<name>.on-new-column",
                    choice("evolve", "ignore", "reject"),
                    "evolve",
                    "what becomes of a column that is not declared: taken up, left out, or its file is rejected"),
            key(
                    "sources.<name>.current",
                    flag(),
                    "false",
                    "of an `upsert` or `snapshot`: keep the last version of each key as a table, "
                            + "`bronze/<source>_current`, without withdrawn keys. For people; no stage reads it. Each unit "
                            + "makes it again, a pass over the source's change log"),
            key(
                    "sources.<name>.on-overwrite",
                    choice("restate", "note", "refuse"),
                    "restate",
                    "what to do with a landed file that was overwritten after it was taken: `restate`, `note`, "
                            + "`refuse`. See [overwritten files](#overwritten-files)"),
            key(
                    "sources.<name>.on-missing-column",
                    choice("reject", "as-null"),
                    "reject",
                    "what becomes of a file that lacks a declared column which is not `required`: `reject`, "
                            + "`as-null`"),
            key("sources.<name>.null-values", texts(), "[\"\", NA]", "texts read as NULL"),
            key(
                    "sources.<name>.allow-empty",
                    flag(),
                    "false",
                    "`false`: a unit for which no file landed is done all the same, with the note `PEN-ING-002` "
                            + "(exit 0), and a landing folder that does not exist is refused (`PEN-ING-001`, 10). `true`: "
                            + "the unit needs no note, and the missing folder is one"),
            key(
                    "sources.<name>.max-reject-rate",
                    number(0, 1),
                    "0.05",
                    "share of rejected records above which a unit is refused. Changing it makes nothing again"),
            key(
                    "sources.<name>.min-files",
                    whole(0, Integer.MAX_VALUE),
                    "0",
                    "files that must land for a unit, else it is refused (`PEN-ING-002`)"),
            key(
                    "sources.<name>.max-volume-change",
                    number(1, Double.MAX_VALUE),
                    "none",
                    "factor by which a unit's rows may be more or fewer than the median of the (at most 28) units "
                            + "before it that had any, else it is refused (`PEN-ROW-036`). Without it a factor beyond 4 is a "
                            + "note. Needs seven such units"),
            key(
                    "sources.<name>.on-no-rows",
                    choice("pass", "warn", "refuse"),
                    "pass",
                    "what comes of a unit for which the source has no rows, or none but withdrawals: `pass`, "
                            + "`warn`, `refuse` (`PEN-ING-060`). A declared `size` is judged whatever it says; of the other "
                            + "rules the verdict is *no rows*. With `allow-empty` a unit for which no file landed is not "
                            + "asked. Changing it makes nothing again"),
            key(
                    "sources.<name>.max-withdrawals.share",
                    number(0, 1),
                    "0.5",
                    "of a `snapshot` or `upsert`: a unit is refused (`PEN-ING-050`) that would withdraw more than "
                            + "this share of the keys, and more than this count, because a snapshot or an overwritten file "
                            + "lacks them. `share = 1` takes the bound away. See [withdrawals](#withdrawals)"),
            key("sources.<name>.max-withdrawals.count", whole(0, Integer.MAX_VALUE), "10", "the count of that rule"),
            key(
                    "sources.<name>.columns.<column>.type",
                    choice("string", "int", "long", "double", "timestamp", "date", "boolean"),
                    "string",
                    "a source declares at least one column"),
            key("sources.<name>.columns.<column>.required", flag(), "false", "a record without a value is rejected"),
            key("sources.<name>.columns.<column>.between", texts(), "none", "`[low, high]` of a number or a time"),
            key(
                    "sources.<name>.columns.<column>.allowed",
                    texts(),
                    "none",
                    "the values that it may have; of numbers: numbers"),
            key("sources.<name>.columns.<column>.pattern", text(), "none", "regular expression of a text"),
            key(
                    "sources.<name>.columns.<column>.max-length",
                    whole(1, Integer.MAX_VALUE),
                    "none",
                    "characters of a text"),
            key(
                    "sources.<name>.columns.<column>.renamed-from",
                    texts(),
                    "none",
                    "names that files of before call it by; see [columns that change](#columns-that-change)"),
            key("sources.<name>.columns.<column>.format", text(), "none", "how a [time](#times) is written"),
            key(
                    "sources.<name>.columns.<column>.zone",
                    zone(),
                    "none",
                    "zone of a [time](#times) that is written without one"),
            key(
                    "sources.<name>.columns.<column>.epoch",
                    choice("seconds", "millis"),
                    "none",
                    "a [time](#times) as a count since 1970"),
            key(
                    "sources.<name>.columns.<column>.max-ahead",
                    duration(),
                    "none",
                    "how far a [time](#times) may lie after the landing of its file"),
            key("sources.<name>.columns.<column>.comment", text(), "empty", "comment of the column"),
            key("sources.<name>.derive", expressions(), "", "expression over the columns above it, evaluated in order"),
            key(
                    "sources.<name>.expectations[].completeness",
                    text(),
                    "",
                    "share of rows that have a value; each expectation is one rule"),
            key(
                    "sources.<name>.expectations[].unique",
                    texts(),
                    "",
                    "share of rows whose values in these columns occur once"),
            key("sources.<name>.expectations[].size", text(), "", "number of rows"),
            key("sources.<name>.expectations[].mean", text(), "", "mean of a column of numbers, declared or derived"),
            key(
                    "sources.<name>.expectations[].minimum",
                    text(),
                    "",
                    "minimum of a column of numbers, declared or derived"),
            key(
                    "sources.<name>.expectations[].maximum",
                    text(),
                    "",
                    "maximum of a column of numbers, declared or derived"),
            key("sources.<name>.expectations[].approx-distinct", text(), "", "approximate number of distinct values"),
            key(
                    "sources.<name>.expectations[].at-least",
                    number(),
                    "1.0 of `completeness` and `unique` without a bound, else none",
                    "lower bound; the others need one bound"),
            key("sources.<name>.expectations[].at-most", number(), "none", "upper bound"),
            key("sources.<name>.expectations[].warn-only", flag(), "false", "a note instead of a refusal"),
            key("sources.<name>.comment", text(), "empty", "comment of the table"),
            key("features.<view>.version", whole(1, 9999), "1", "raise it when the definition changes"),
            key("features.<view>.from", text(), REQUIRED, "source"),
            key(
                    "features.<view>.entity",
                    texts(),
                    REQUIRED,
                    "columns that the feature is about; the spine's source must have them too"),
            key("features.<view>.where", expression(), "none", "row filter"),
            key(
                    "features.<view>.aggregate.<name>.count",
                    expression(),
                    "",
                    "number of rows, `\"*\"`, or of those where a condition is true; each aggregate has one "
                            + "function"),
            key(
                    "features.<view>.aggregate.<name>.sum",
                    expression(),
                    "",
                    "sum of a number or a condition, see [sums](#sums)"),
            key("features.<view>.aggregate.<name>.mean", expression(), "", "mean of a number or a condition"),
            key(
                    "features.<view>.aggregate.<name>.over",
                    durations(),
                    REQUIRED,
                    "windows, whole hours or days: `[1d, 7d]`"),
            key(
                    "features.<view>.aggregate.<name>.scale",
                    whole(0, 18),
                    "none",
                    "digits after the point that each value is rounded to, see [sums](#sums)"),
            key("features.<view>.latest", texts(), "[]", "columns whose latest usable value is taken"),
            key("features.<view>.max-age", duration(), "none", "latest values older than this are NULL"),
            key("features.<view>.comment", text(), "empty", "comment of the table"),
            key(
                    "models.<name>.backtest",
                    flag(),
                    "false",
                    "trained and evaluated, never promoted nor scored; takes no `scoring`"),
            key(
                    "models.<name>.task",
                    choice("binary"),
                    "binary",
                    "what the model is for: what labels are, which metrics judge it, what a score means. `binary`: labels "
                            + "0 and 1, the score is the probability of 1"),
            key("models.<name>.spine.from", text(), REQUIRED, "source, with a key, whose rows are scored"),
            key(
                    "models.<name>.spine.as-of",
                    expression(),
                    "cut",
                    "`cut`; in a backtest also a timestamp expression over the spine's columns: each row is asked "
                            + "at an instant of its own"),
            key(
                    "models.<name>.spine.hold",
                    expressions(),
                    "",
                    "condition under which a row is held, never scored nor trained on. The code is yours, such as "
                            + "`DEPARTED`: a capital letter, then capital letters, digits, `-`, `_`, at most 40 characters; "
                            + "`PEN-` begins Penstock's own"),
            key("models.<name>.label.from", text(), REQUIRED, "source of the labels"),
            key(
                    "models.<name>.label.on",
                    texts(),
                    "the spine's key",
                    "the spine's key columns that find a row's label there"),
            key(
                    "models.<name>.label.value",
                    expression(),
                    REQUIRED,
                    "condition over the label's source, such as `\"arr_delay >= 15\"`, or a number that can only "
                            + "be 0 or 1 (`CASE … THEN 1 ELSE 0 END`, `1 - int(a > b)`), also by way of derived columns; "
                            + "NULL is no label. Anything else is refused (`PEN-CFG-053`): labels are binary, and of both "
                            + "classes"),
            key(
                    "models.<name>.label.matures-after",
                    duration(),
                    "0",
                    "how long after the as-of a label may still come"),
            key(
                    "models.<name>.label.several",
                    choice("refuse", "last"),
                    "refuse",
                    "several rows of the label's source for one of the spine: equal labels are one; where they "
                            + "differ, `refuse` builds no training set (`PEN-FEA-022`), `last` takes the last row by "
                            + "sequence and time known"),
            key(
                    "models.<name>.label.known-at-as-of",
                    choice("drop", "keep"),
                    "drop",
                    "training rows whose label was known at their as-of, as in the backlog that a first unit "
                            + "takes: `drop` trains on none of them and reports how many (`PEN-FEA-023`), `keep` trains on "
                            + "them. A label that has a value from the start, such as *not returned* until it is, needs "
                            + "`keep`, or better NULL until it is settled"),
            key("models.<name>.features", texts(), "[]", "views"),
            key("models.<name>.rows", expressions(), "", "expression over the spine's columns and `as_of`"),
            key("models.<name>.training.at", texts(), "[]", "units at whose cut the model is trained"),
            key(
                    "models.<name>.training.test-from",
                    date(),
                    REQUIRED,
                    "first unit of the test slice; before every `at`"),
            key("models.<name>.training.validation", duration(), "15d", "length of the validation slice, whole days"),
            key("models.<name>.training.workers", whole(1, 4096), "1", "tasks that train at once"),
            key("models.<name>.training.rounds", whole(1, 100000), "100", "most boosting rounds"),
            key(
                    "models.<name>.training.early-stopping",
                    whole(1, 100000),
                    "15",
                    "rounds without a better validation metric after which training stops"),
            key(
                    "models.<name>.training.params",
                    map(),
                    defaults(new XgboostParameters()),
                    "XGBoost's own names, or `learning_rate`, `reg_lambda`, `reg_alpha`, `min_split_loss`, "
                            + "`random_state` for `eta`, `lambda`, `alpha`, `gamma`, `seed`; each checked, and refused where "
                            + "it would do nothing, learn nothing or cannot work: `eta = 0`, `scale_pos_weight = 0`, "
                            + "`max_leaves = 1`, `booster = dart` without `rate_drop`, `grow_policy = lossguide` without "
                            + "`max_leaves`, `num_parallel_tree` without a sample of rows or columns, constraints that "
                            + "constrain nothing, numbers beyond what 32 bits hold. Rounds, workers and threads are set by "
                            + "Penstock. `monotone_constraints { distance = 1, age = -1 }` and `interaction_constraints = "
                            + "[[distance, age], [carrier]]` name inputs, of a view as `<view>_<feature>`; other inputs of "
                            + "the model that a candidate lacks say nothing there"),
            key(
                    "models.<name>.training.leakage",
                    choice("refuse", "warn", "allow"),
                    "refuse",
                    "what is done with an input that predicts the label: a row feature that reads a column of "
                            + "`label.value` (`PEN-CFG-054`, at load; also of another source whose `path` a file of the "
                            + "label's may match, and under names of `renamed-from`; not of the spine's key and event time, "
                            + "which a row has when it is asked), or any input that by itself predicts the label on the test "
                            + "slice (`PEN-ML-050`, at the training). `warn` trains, and says so in the run and in the "
                            + "verdicts; `allow` says nothing. Changing it makes nothing again"),
            key(
                    "models.<name>.training.candidates.<candidate>.features",
                    texts(),
                    "the model's",
                    "views of the candidate; without candidates there is one, `full`"),
            key(
                    "models.<name>.training.candidates.<candidate>.params",
                    map(),
                    "the model's",
                    "parameters of the candidate's trainer; those of XGBoost over `training.params`"),
            key(
                    "models.<name>.training.candidates.<candidate>.trainer",
                    choice("xgboost", "logistic"),
                    "xgboost",
                    "`xgboost`: boosted trees, with `training.params` under the candidate's own. `logistic`: a logistic "
                            + "regression by Spark ML, a baseline. It is given the candidate's own `params` only: `reg` "
                            + "(strength of the penalty, `0.001`), `l1_ratio` (its share that is L1, `0`), "
                            + "`max_iterations` (`100`), `tolerance` (`1e-6`), also by Spark's names (`regParam`, "
                            + "`elasticNetParam`, `maxIter`, `tol`). It fits on the training and the validation rows, in "
                            + "one task, without rounds or workers. Numbers are standardised, what is missing counts as "
                            + "the mean, a category has a coefficient per value. "
                            + "Python's `mlflow.pyfunc` does not load it"),
            key("models.<name>.training.publish", text(), "the only candidate", "required when there are several"),
            key("models.<name>.gate.slices", texts(), "[]", "row features by whose values the metrics are reported"),
            key("models.<name>.scoring.from", unit(), "the first `training.at`", "first unit that is scored"),
            key("models.<name>.scoring.reasons", whole(0, 100), "5", "reasons per score"),
            key("models.<name>.scoring.threshold", number(0, 1), "0.5", "score from which the prediction is 1"),
            key(
                    "models.<name>.scoring.fallback",
                    texts(),
                    "[last-good, hold]",
                    "when the registry is away: `last-good` the last champion promoted here, `hold` rows without a "
                            + "score. `when-refused` in addition: also when the registry refuses the login; without it such "
                            + "a run ends with 20"),
            key(
                    "models.<name>.monitoring.missing-view.then",
                    choice("pass", "warn", "refuse"),
                    "warn",
                    "what comes of a unit of which so great a share of a view's values is missing, from `0.01` to "
                            + "`1.0`: `pass`, `warn`, or `refuse` its scores (`PEN-FEA-040`, `PEN-SCO-051`). Counts are no "
                            + "such values. Part of no recipe: changing it scores nothing again"),
            key("models.<name>.monitoring.missing-view.at-least", number(0.01, 1), "1.0", "the share of that rule"),
            key(
                    "models.<name>.monitoring.score-shift.then",
                    choice("pass", "warn", "refuse"),
                    "warn",
                    "the same of a mean score that is further than so many robust standard deviations from those "
                            + "of the units before ([how](operations.md#scores-that-leave-their-history), `PEN-SCO-052`)"),
            key(
                    "models.<name>.monitoring.score-shift.beyond",
                    number(1, 1000),
                    "3.5",
                    "the standard deviations of that rule"),
            key(
                    "models.<name>.monitoring.all-held.then",
                    choice("pass", "warn", "refuse"),
                    "warn",
                    "the same of a unit without any score (`PEN-SCO-053`)"),
            key(
                    "models.<name>.monitoring.no-label.then",
                    choice("pass", "warn", "refuse"),
                    "warn",
                    "the same, at `evaluate`, of a scored unit without any label (`PEN-SCO-054`)"),
            key("models.<name>.comment", text(), "empty", "comment of the scores table")));

    private static final Map<String, Boolean> KNOWN = new ConcurrentHashMap<>();

    private ConfigKeys() {}

    /** In the order of the page. */
    public static List<ConfigKey> all() {
        return ALL;
    }

    private static String defaults(TrainerParameters trainer) {
        return new TreeMap<>(trainer.defaults())
                .entrySet().stream()
                        .map(param -> "`" + param.getKey() + " = " + ConfigUtil.quoteString(param.getValue()) + "`")
                        .collect(Collectors.joining(", "));
    }

    /** A gate judges by the metric of its model's task, so its keys come from the tasks. */
    private static List<ConfigKey> withGates(List<ConfigKey> others) {
        List<ConfigKey> all = new ArrayList<>();
        for (ConfigKey key : others) {
            if (key.path().equals("models.<name>.gate.slices")) {
                Task.all().stream().map(Task::gateMetric).distinct().forEach(metric -> all.addAll(gate(metric)));
            }
            all.add(key);
        }
        return List.copyOf(all);
    }

    private static List<ConfigKey> gate(Metric metric) {
        String path = "models.<name>.gate." + metric.name() + ".";
        return List.of(
                key(
                        path + GateSpec.boundKey(metric),
                        number(metric.least(), metric.most()),
                        String.valueOf(metric.easiest()),
                        "bound of the candidate's " + metric.title() + " on the test slice"),
                key(path + GateSpec.rivalKey(metric), text(), "none", "candidate that it must beat"),
                key(path + "by", number(0, metric.most()), "0", "by how much"));
    }

    private static ConfigKey key(String path, ValueType type, String otherwise, String sentence) {
        return new ConfigKey(path, type, otherwise, sentence);
    }

    /** Whether a key, or an object that holds keys, is in the table. */
    static boolean has(String path) {
        return KNOWN.computeIfAbsent(path, asked -> {
            List<String> parts = parts(asked);
            return ALL.stream().anyMatch(key -> key.isAtOrBelow(parts) || key.holds(parts));
        });
    }

    /** Keys that no binder has asked for in this process, where assertions are enabled. */
    static List<String> unread() {
        List<List<String>> asked =
                KNOWN.keySet().stream().map(ConfigKeys::parts).toList();
        return ALL.stream()
                .filter(key -> asked.stream().noneMatch(key::isAt))
                .map(ConfigKey::path)
                .toList();
    }

    static boolean isFlag(String path, boolean otherwise) {
        return agrees(path, key -> key.type().kind() == ValueType.Kind.FLAG && key.hasDefault(otherwise));
    }

    static boolean isChoice(String path, String otherwise, List<String> allowed) {
        return agrees(
                path,
                key -> key.type().allowed().equals(allowed) && (key.hasDefault(otherwise) || key.hasDefault("none")));
    }

    static boolean isNumber(String path, Optional<Double> otherwise, double min, double max) {
        return agrees(
                path,
                key -> key.type().isUnbounded()
                        || key.type().min() == min
                                && key.type().max() == max
                                && otherwise
                                        .map(value -> key.hasDefault(value) || key.hasDefault("none"))
                                        .orElse(true));
    }

    private static boolean agrees(String path, Predicate<ConfigKey> check) {
        List<String> parts = parts(path);
        return ALL.stream().filter(key -> key.isAt(parts)).anyMatch(check);
    }

    private static List<String> parts(String path) {
        return ConfigUtil.splitPath(path.replaceAll("\\[\\d+]", "-elements"));
    }
}
