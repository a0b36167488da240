package io.penstock.core.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.core.Schedule;
import io.penstock.core.Verdict;
import io.penstock.core.Verdict.Outcome;
import java.time.Duration;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * One pipeline as declared. Maps keep the order of the file.
 *
 * @param pipeline name, {@code [a-z0-9-]+}
 * @param files the configuration files that were read, for provenance
 */
public record PipelineConfig(
        String pipeline,
        String owner,
        String description,
        Schedule schedule,
        Locations locations,
        Map<String, Source> sources,
        Map<String, View> features,
        Map<String, Model> models,
        Airflow airflow,
        List<String> files,
        Optional<Base> base) {
    public PipelineConfig(
            String pipeline,
            String owner,
            String description,
            Schedule schedule,
            Locations locations,
            Map<String, Source> sources,
            Map<String, View> features,
            Map<String, Model> models,
            Airflow airflow,
            List<String> files) {
        this(
                pipeline,
                owner,
                description,
                schedule,
                locations,
                sources,
                features,
                models,
                airflow,
                files,
                Optional.empty());
    }

    /** The same with some of its views only, and of its models those that use one of them, without the others. */
    public PipelineConfig withViews(Set<String> names) {
        Map<String, View> some = new LinkedHashMap<>(features);
        some.keySet().retainAll(names);
        Map<String, Model> users = new LinkedHashMap<>();
        models.forEach((name, model) -> {
            List<String> used = model.views().stream().filter(names::contains).toList();
            if (!used.isEmpty()) {
                users.put(name, model.withViews(used));
            }
        });
        return new PipelineConfig(
                pipeline, owner, description, schedule, locations, sources, some, users, airflow, files, base);
    }

    /** The environment whose tables this one reads where it has none of its own, and never writes. */
    public record Base(String environment, PipelineConfig config) {}

    PipelineConfig on(Base other) {
        return new PipelineConfig(
                pipeline,
                owner,
                description,
                schedule,
                locations,
                sources,
                features,
                models,
                airflow,
                files,
                Optional.of(other));
    }

    /** What its experiments and registered models are named by; another one in each environment. */
    public String registered() {
        return locations.registryPrefix() + pipeline;
    }

    /** Folder name and SQL database of the pipeline: {@code flight-delay} is {@code flight_delay}. */
    public String folder() {
        return pipeline.replace('-', '_');
    }

    /** {@code <warehouse>/<pipeline>}: where all tables of the pipeline live. */
    public String root() {
        return locations.warehouse() + "/" + folder();
    }

    /** Where its control tables live. */
    public String ops() {
        return root() + "/ops";
    }

    public PipelineConfig withAirflow(Airflow other) {
        return new PipelineConfig(
                pipeline, owner, description, schedule, locations, sources, features, models, other, files, base);
    }

    public Source source(String name) {
        return sources.get(name);
    }

    /** The models whose champions score; the others are backtests. */
    public List<Model> publishedModels() {
        return models.values().stream().filter(model -> !model.backtest()).toList();
    }

    /**
     * @param landing folder below which sources' files land
     * @param warehouse root of all tables
     * @param mlflow tracking server, {@code http://host:port}
     * @param hadoop settings of the file systems, never credentials
     * @param reads environment whose tables are read where this one has none
     * @param registryPrefix before the names of registered models and experiments
     */
    public record Locations(
            String landing,
            String warehouse,
            String mlflow,
            Map<String, String> hadoop,
            Commits commits,
            Optional<String> reads,
            String registryPrefix) {
        public Locations(String landing, String warehouse, String mlflow) {
            this(landing, warehouse, mlflow, Map.of(), Commits.OWN, Optional.empty(), "");
        }
    }

    /** What makes a commit happen once where the storage itself does not. */
    public enum Commits {
        /** The storage's own put-if-absent or rename. */
        OWN,
        /** The user's word that one process at a time writes. */
        SINGLE_WRITER,
        /** Delta's log store over DynamoDB. */
        DYNAMODB
    }

    public enum Format {
        CSV,
        JSON,
        PARQUET,
        /** The data files of a Delta table, by the versions that brought them. */
        DELTA;

        public boolean isText() {
            return this == CSV || this == JSON;
        }
    }

    public enum Mode {
        APPEND,
        UPSERT,
        SNAPSHOT
    }

    /** What is done with a landed file that was overwritten after a unit took it. */
    public enum OnOverwrite {
        /** The next unit takes what differs; what was known before stays known as of then. */
        RESTATE,
        /** It is told, and what was taken stays. */
        NOTE,
        /** Nothing more is ingested until the file is what it was. */
        REFUSE
    }

    public enum NewColumn {
        EVOLVE,
        IGNORE,
        REJECT
    }

    /** What happens to a file that lacks a declared column which is not required. */
    public enum MissingColumn {
        REJECT,
        AS_NULL
    }

    /**
     * How a source's files are written, where it is not the usual way; what is usual does not appear in a source's meaning.
     *
     * @param delimiter of CSV; empty = comma
     * @param encoding of text; empty = UTF-8
     * @param maxRecord longest record in characters; empty = 1 MiB
     * @param missingColumn empty = reject
     * @param escape of quotes inside quoted CSV fields, a quote, a backslash or {@link #NO_QUOTES}; empty = a quote, where
     *     no backslash contradicts
     */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Layout(
            Optional<String> delimiter,
            Optional<String> encoding,
            OptionalInt maxRecord,
            Optional<MissingColumn> missingColumn,
            Optional<String> escape) {
        /** In place of an escape: quotes are text. */
        public static final String NO_QUOTES = "none";

        public static final Layout USUAL =
                new Layout(Optional.empty(), Optional.empty(), OptionalInt.empty(), Optional.empty());

        public Layout(
                Optional<String> delimiter,
                Optional<String> encoding,
                OptionalInt maxRecord,
                Optional<MissingColumn> missingColumn) {
            this(delimiter, encoding, maxRecord, missingColumn, Optional.empty());
        }

        public Layout escaping(Optional<String> by) {
            return new Layout(delimiter, encoding, maxRecord, missingColumn, by);
        }
    }

    /** What comes of something that is worth a look. */
    public enum Reaction {
        PASS,
        WARN,
        REFUSE;

        /** What is said of it; nothing where it passes. */
        public Optional<Verdict> verdict(String table, String rule, double value, String message) {
            return this == PASS
                    ? Optional.empty()
                    : Optional.of(
                            new Verdict(table, rule, this == REFUSE ? Outcome.FAILED : Outcome.WARNED, value, message));
        }
    }

    /**
     * How much must land for a unit to pass.
     *
     * @param minFiles files of a unit, 0 where none need land
     * @param maxChange factor by which a unit's rows may be more or fewer than those of the units before it
     * @param maxWithdrawals of keys that a snapshot, or a file that was overwritten, does not have any more; empty = {@link
     *     MaxWithdrawals#USUAL}
     * @param onNoRows what comes of a unit without any row that the rules speak of; empty = it passes
     */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Volume(
            int minFiles,
            Optional<Double> maxChange,
            Optional<MaxWithdrawals> maxWithdrawals,
            Optional<Reaction> onNoRows) {
        public static final Volume ANY = new Volume(0, Optional.empty());

        public Volume(int minFiles, Optional<Double> maxChange) {
            this(minFiles, maxChange, Optional.empty(), Optional.empty());
        }

        public Volume(int minFiles, Optional<Double> maxChange, Optional<MaxWithdrawals> maxWithdrawals) {
            this(minFiles, maxChange, maxWithdrawals, Optional.empty());
        }

        public Volume with(Reaction noRows) {
            return new Volume(
                    minFiles, maxChange, maxWithdrawals, Optional.of(noRows).filter(given -> given != Reaction.PASS));
        }
    }

    /**
     * How many keys may be withdrawn at once because they are missing. More than both bounds refuse the unit: that they are
     * gone is less likely than that what lacks them was cut short.
     *
     * @param share of the keys that were there
     * @param count keys
     */
    public record MaxWithdrawals(double share, int count) {
        public static final MaxWithdrawals USUAL = new MaxWithdrawals(0.5, 10);

        public boolean allows(long withdrawn, long there) {
            return withdrawn <= count || withdrawn <= share * there;
        }
    }

    /**
     * @param path of a Delta table its location; else glob with {@code {landed}} in place of the landing stamp, and {@code
     *     {column}} where a folder's name holds that column's value
     * @param derive column → SQL over the declared columns, evaluated in order
     * @param eventTime a timestamp column or expression, or {@code landed}
     * @param knownAt {@code landed}, {@code ingest}, or an expression
     * @param sequence {@code landed} or an expression that orders versions of a key; empty = {@code landed}
     * @param deleteWhen condition under which a record of an upsert source withdraws its key; without one it does not
     *     appear in the source's meaning, so that units done before there was such a key stay done
     * @param current whether {@code bronze/<name>_current} holds the last version of each key
     * @param onOverwrite empty is {@link OnOverwrite#RESTATE}
     * @param maxRejectRate share of rejected records above which the unit is refused
     * @param layout how its files are written, where it is not the usual way
     * @param volume where any is not enough
     */
    public record Source(
            String name,
            String path,
            Format format,
            Mode mode,
            List<String> key,
            Optional<String> sequence,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<String> deleteWhen,
            String eventTime,
            String knownAt,
            NewColumn onNewColumn,
            List<String> nullValues,
            boolean allowEmpty,
            double maxRejectRate,
            Map<String, ColumnSpec> columns,
            Map<String, String> derive,
            List<Expectation> expectations,
            String comment,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<Layout> layout,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<OnOverwrite> onOverwrite,
            @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean current,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<Volume> volume) {
        /** Unless another is declared. */
        public static final double MAX_REJECT_RATE = 0.05;

        /** With what most sources leave out. */
        public Source(
                String name,
                String path,
                Format format,
                Mode mode,
                List<String> key,
                Optional<String> sequence,
                Optional<String> deleteWhen,
                String eventTime,
                String knownAt,
                NewColumn onNewColumn,
                List<String> nullValues,
                boolean allowEmpty,
                double maxRejectRate,
                Map<String, ColumnSpec> columns,
                Map<String, String> derive,
                List<Expectation> expectations,
                String comment) {
            this(
                    name,
                    path,
                    format,
                    mode,
                    key,
                    sequence,
                    deleteWhen,
                    eventTime,
                    knownAt,
                    onNewColumn,
                    nullValues,
                    allowEmpty,
                    maxRejectRate,
                    columns,
                    derive,
                    expectations,
                    comment,
                    Optional.empty(),
                    Optional.empty(),
                    false,
                    Optional.empty());
        }

        /** Whether the versions of a key order by when they landed, and by nothing that they say. */
        public boolean isOrderedByLanding() {
            return sequence.filter(by -> !by.equals("landed")).isEmpty();
        }

        /** The bound on keys that are withdrawn because they are missing. */
        public MaxWithdrawals maxWithdrawals() {
            return volume.flatMap(Volume::maxWithdrawals).orElse(MaxWithdrawals.USUAL);
        }

        public Source with(Layout other) {
            return with(
                    path,
                    allowEmpty,
                    maxRejectRate,
                    columns,
                    comment,
                    Optional.of(other).filter(given -> !given.equals(Layout.USUAL)),
                    onOverwrite,
                    current,
                    volume);
        }

        public Source with(Volume other) {
            return with(
                    path,
                    allowEmpty,
                    maxRejectRate,
                    columns,
                    comment,
                    layout,
                    onOverwrite,
                    current,
                    Optional.of(other).filter(given -> !given.equals(Volume.ANY)));
        }

        public Source with(OnOverwrite policy, boolean keepsCurrent) {
            return with(
                    path,
                    allowEmpty,
                    maxRejectRate,
                    columns,
                    comment,
                    layout,
                    Optional.of(policy).filter(given -> given != OnOverwrite.RESTATE),
                    keepsCurrent,
                    volume);
        }

        /**
         * What decides its rows: the source without its comments, without the limits that let a unit pass or not, and without
         * the place where its files land, unless that fills columns.
         */
        public Source meaning() {
            Map<String, ColumnSpec> bare = new LinkedHashMap<>();
            columns.forEach((column, spec) -> bare.put(column, spec.withoutComment()));
            boolean fillsColumns = path.replace(Paths.LANDED, "").indexOf('{') >= 0;
            return with(
                    fillsColumns ? path : "",
                    allowEmpty,
                    MAX_REJECT_RATE,
                    bare,
                    "",
                    layout,
                    Optional.empty(),
                    false,
                    Optional.empty());
        }

        /** The same, with its files at another place. */
        public Source landing(String other) {
            return with(other, true, maxRejectRate, columns, comment, layout, onOverwrite, current, volume);
        }

        /** The same with one more column, the first. */
        public Source with(ColumnSpec column) {
            Map<String, ColumnSpec> all = new LinkedHashMap<>();
            all.put(column.name(), column);
            all.putAll(columns);
            return with(path, allowEmpty, maxRejectRate, all, comment, layout, onOverwrite, current, volume);
        }

        private Source with(
                String otherPath,
                boolean mayBeEmpty,
                double otherRate,
                Map<String, ColumnSpec> otherColumns,
                String otherComment,
                Optional<Layout> otherLayout,
                Optional<OnOverwrite> policy,
                boolean keepsCurrent,
                Optional<Volume> otherVolume) {
            return new Source(
                    name,
                    otherPath,
                    format,
                    mode,
                    key,
                    sequence,
                    deleteWhen,
                    eventTime,
                    knownAt,
                    onNewColumn,
                    nullValues,
                    mayBeEmpty,
                    otherRate,
                    otherColumns,
                    derive,
                    expectations,
                    otherComment,
                    otherLayout,
                    policy,
                    keepsCurrent,
                    otherVolume);
        }

        /**
         * The declared columns that key, sequence and known-at are made of, directly or through derived ones: what names a
         * version of a record, even if it says nothing else. Parses SQL.
         */
        public Set<String> naming() {
            Set<String> named = new LinkedHashSet<>();
            key.forEach(column -> name(column, named));
            sequence.ifPresent(sql -> SqlTree.columns(sql).forEach(column -> name(column, named)));
            SqlTree.columns(knownAt).forEach(column -> name(column, named));
            named.retainAll(columns.keySet());
            return named;
        }

        private void name(String column, Set<String> named) {
            if (named.add(column) && derive.containsKey(column)) {
                SqlTree.columns(derive.get(column)).forEach(part -> name(part, named));
            }
        }
    }

    /**
     * @param type {@code string}, {@code int}, {@code long}, {@code double}, {@code timestamp}, {@code date} or {@code boolean}
     * @param between two bounds, both included, or empty
     * @param times how a timestamp or date is written and where it must lie, as far as that is declared
     * @param renamedFrom names that files may have in place of its own
     */
    public record ColumnSpec(
            String name,
            String type,
            boolean required,
            List<Double> between,
            List<String> allowed,
            Optional<String> pattern,
            OptionalInt maxLength,
            String comment,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<Times> times,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> renamedFrom) {
        public ColumnSpec(
                String name,
                String type,
                boolean required,
                List<Double> between,
                List<String> allowed,
                Optional<String> pattern,
                OptionalInt maxLength,
                String comment) {
            this(name, type, required, between, allowed, pattern, maxLength, comment, Optional.empty(), List.of());
        }

        public ColumnSpec with(Times other, List<String> olderNames) {
            return new ColumnSpec(
                    name,
                    type,
                    required,
                    between,
                    allowed,
                    pattern,
                    maxLength,
                    comment,
                    Optional.of(other).filter(declared -> !declared.equals(Times.ISO)),
                    olderNames);
        }

        ColumnSpec withoutComment() {
            return new ColumnSpec(name, type, required, between, allowed, pattern, maxLength, "", times, renamedFrom);
        }
    }

    /** What a count since 1970 counts. */
    public enum Epoch {
        SECONDS,
        MILLIS
    }

    /**
     * How a timestamp or a date is written and where it must lie.
     *
     * @param format pattern of {@link java.time.format.DateTimeFormatter}; empty = ISO
     * @param zone IANA zone of times that name none
     * @param between two ISO bounds, both included, or empty
     * @param maxAhead how far after the landing of its file a timestamp may lie
     */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Times(
            Optional<String> format,
            Optional<String> zone,
            Optional<Epoch> epoch,
            List<String> between,
            Optional<Duration> maxAhead) {
        public static final Times ISO =
                new Times(Optional.empty(), Optional.empty(), Optional.empty(), List.of(), Optional.empty());

        /** The formatter of a declared pattern; strict, so that 30 February is none, whether years are spelled y or u. */
        public static DateTimeFormatter formatter(String pattern) {
            StringBuilder strict = new StringBuilder();
            boolean isQuoted = false;
            for (char c : pattern.toCharArray()) {
                isQuoted ^= c == '\'';
                strict.append(c == 'y' && !isQuoted ? 'u' : c);
            }
            return DateTimeFormatter.ofPattern(strict.toString(), Locale.ENGLISH)
                    .withResolverStyle(ResolverStyle.STRICT);
        }
    }

    /**
     * One rule over a publication.
     *
     * @param kind {@code completeness}, {@code size}, {@code mean}, {@code minimum}, {@code maximum}, {@code unique},
     *     {@code approx-distinct}
     * @param column what it measures; several joined by commas for {@code unique}
     */
    public record Expectation(String kind, String column, double atLeast, double atMost, boolean warnOnly) {}

    /**
     * One feature view: windowed aggregates, or the latest values of an entity, or both.
     *
     * @param from source it is computed of
     * @param where optional row filter
     * @param latest columns whose latest usable value is taken
     * @param maxAge latest values older than this at the as-of are NULL
     */
    public record View(
            String name,
            int version,
            String from,
            List<String> entity,
            Optional<String> where,
            Map<String, Aggregate> aggregates,
            List<String> latest,
            Optional<Duration> maxAge,
            String comment) {
        /** Table name in layer {@code features}. */
        public String table() {
            return name + "_v" + version;
        }
    }

    public enum Function {
        COUNT,
        SUM,
        MEAN
    }

    /**
     * @param expression SQL over the source's columns; {@code *} for a count of rows
     * @param scale digits after the point that are kept of a fraction before it is summed; empty when it is summed with all
     *     its bits. Of no meaning to whole numbers and conditions, where it is what it always was
     * @param over windows, whole hours
     */
    public record Aggregate(String name, Function function, String expression, OptionalInt scale, List<Duration> over) {
        /** Column of one window: {@code late_rate_7d}. */
        public String column(Duration window) {
            return name + "_" + (window.toHours() % 24 == 0 ? window.toDays() + "d" : window.toHours() + "h");
        }
    }

    /**
     * @param backtest trained and evaluated, never promoted nor scored
     * @param views names of feature views
     * @param rows feature name → SQL over the spine's columns and {@code as_of}
     */
    public record Model(
            String name,
            boolean backtest,
            Spine spine,
            Label label,
            List<String> views,
            Map<String, String> rows,
            Training training,
            Gate gate,
            Scoring scoring,
            String comment,
            Monitoring monitoring) {
        public Model(
                String name,
                boolean backtest,
                Spine spine,
                Label label,
                List<String> views,
                Map<String, String> rows,
                Training training,
                Gate gate,
                Scoring scoring,
                String comment) {
            this(name, backtest, spine, label, views, rows, training, gate, scoring, comment, Monitoring.DEFAULT);
        }

        /** The same with other views. */
        public Model withViews(List<String> others) {
            return new Model(name, backtest, spine, label, others, rows, training, gate, scoring, comment, monitoring);
        }
    }

    /**
     * What is told of the inputs and the scores of each unit; part of no recipe.
     *
     * @param missingShare share of a view's values that must be missing in a unit to be told
     * @param shiftBeyond distance of the scores' mean from the units before, in robust standard deviations
     * @param onAllHeld where none of a unit's rows has a score
     * @param onNoLabel where none of a unit's scores has a label, once labels are mature
     */
    public record Monitoring(
            double missingShare,
            Reaction onMissing,
            double shiftBeyond,
            Reaction onShift,
            Reaction onAllHeld,
            Reaction onNoLabel) {
        public static final Monitoring DEFAULT =
                new Monitoring(1.0, Reaction.WARN, 3.5, Reaction.WARN, Reaction.WARN, Reaction.WARN);
    }

    /**
     * @param from source whose rows are scored
     * @param asOf the instant at which each row is asked, SQL over the spine's columns; empty = its unit's cut. Backtests only
     * @param hold code → SQL condition over the spine's columns and {@code as_of}; such rows are held: no score, never trained on
     */
    public record Spine(String from, Optional<String> asOf, Map<String, String> hold) {}

    /** What is done when an input of a model tells its label. */
    public enum Leakage {
        REFUSE,
        /** It is trained and noted. */
        WARN,
        ALLOW
    }

    /**
     * @param value boolean SQL over the label source's columns; NULL = no label (never trained or judged on)
     * @param several what to do when labels of one key differ; empty is {@link Several#REFUSE}
     * @param knownAtAsOf what becomes of a training row whose label was known at its as-of; empty is {@link Known#DROP}
     */
    public record Label(
            String from,
            List<String> on,
            String value,
            Duration maturesAfter,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<Several> several,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<Known> knownAtAsOf) {
        public Label(String from, List<String> on, String value, Duration maturesAfter) {
            this(from, on, value, maturesAfter, Optional.empty(), Optional.empty());
        }

        /** With a policy each; a default is left out. */
        public Label with(Several ofDiffering, Known ofKnown) {
            return new Label(
                    from,
                    on,
                    value,
                    maturesAfter,
                    Optional.of(ofDiffering).filter(given -> given != Several.REFUSE),
                    Optional.of(ofKnown).filter(given -> given != Known.DROP));
        }
    }

    /** Several rows of the label's source for one row of the spine. */
    public enum Several {
        /** Where they differ, no training set is built. */
        REFUSE,
        /** The last one by the order of the source's versions. */
        LAST
    }

    /** Rows that could know their own result. */
    public enum Known {
        DROP,
        KEEP
    }

    /**
     * @param at units at whose cut a training happens
     * @param testFrom first unit of the test slice; the validation slice is the {@code validation} before it
     * @param params XGBoost parameters shared by the candidates
     * @param publish the candidate that is registered when the gate passes
     * @param leakage empty is {@link Leakage#REFUSE}; part of no recipe, since what is trained is the same
     */
    public record Training(
            List<LocalDate> at,
            LocalDate testFrom,
            Duration validation,
            int workers,
            int rounds,
            int earlyStopping,
            Map<String, String> params,
            Map<String, Candidate> candidates,
            String publish,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<Leakage> leakage) {
        public Training(
                List<LocalDate> at,
                LocalDate testFrom,
                Duration validation,
                int workers,
                int rounds,
                int earlyStopping,
                Map<String, String> params,
                Map<String, Candidate> candidates,
                String publish) {
            this(
                    at,
                    testFrom,
                    validation,
                    workers,
                    rounds,
                    earlyStopping,
                    params,
                    candidates,
                    publish,
                    Optional.empty());
        }
    }

    /** @param views feature views it uses (a subset of the model's); row features are always used */
    public record Candidate(String name, List<String> views, Map<String, String> params) {}

    /** @param above candidate that must be beaten by {@code by} in AUC */
    public record Gate(double aucAtLeast, Optional<String> above, double by, List<String> slices) {}

    /** Columns that stand beside the inputs in a training set and a scoring input; inputs and spine keys bear other names. */
    public static final Set<String> BESIDE_INPUTS = Set.of("unit", "as_of", "code", "label", "weight", "split");

    /** Columns that stand beside the spine's key in scores. */
    static final Set<String> BESIDE_SCORES = Set.of(
            "score", "prediction", "model_name", "model_version", "model_sha256", "run_id", "feature_pins", "reasons");

    /**
     * How the exported DAGs are scheduled; part of no recipe.
     *
     * @param connection Airflow connection of the Spark cluster
     * @param timeout how long one try of a task may take
     * @param from first unit that is scheduled; empty for the first that is scored
     * @param until last unit that is scheduled
     */
    public record Airflow(
            String connection,
            DeployMode deployMode,
            Granularity granularity,
            Optional<String> pool,
            int retries,
            Duration retryDelay,
            Optional<Duration> timeout,
            Optional<LocalDate> from,
            Optional<LocalDate> until) {
        public static final Airflow DEFAULT = new Airflow(
                "spark_default",
                DeployMode.CLIENT,
                Granularity.STAGE,
                Optional.empty(),
                3,
                Duration.ofMinutes(5),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());

        public enum DeployMode {
            CLIENT,
            CLUSTER
        }

        /** A task per stage, or one task that runs all stages of a unit in one Spark session. */
        public enum Granularity {
            STAGE,
            UNIT
        }

        public Airflow withGranularity(Granularity other) {
            return new Airflow(connection, deployMode, other, pool, retries, retryDelay, timeout, from, until);
        }
    }

    /** @param from first unit that is scored, {@code LocalDate.MAX} for a backtest; threshold turns a score into a prediction of 0 or 1 */
    public record Scoring(LocalDate from, int reasons, double threshold, List<String> fallback) {}
}
