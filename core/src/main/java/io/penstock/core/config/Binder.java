package io.penstock.core.config;

import io.penstock.core.ErrorCode;
import io.penstock.core.Schedule;
import io.penstock.core.UserInfo;
import io.penstock.core.config.AirflowSpec.DeployMode;
import io.penstock.core.config.AirflowSpec.Granularity;
import io.penstock.core.config.Locations.Commits;
import io.penstock.core.config.SourceSpec.Format;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Binds a resolved configuration to {@link PipelineConfig}: what stands at the top; the rest is handed on. */
final class Binder {
    private static final String WORK = ".penstock";
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]*");
    private static final Pattern PREFIX = Pattern.compile("([a-z][a-z0-9_-]*[.])?");
    private static final Pattern PIPELINE = Pattern.compile("[a-z][a-z0-9-]*");

    private final Section root;
    private final SqlChecks sql;
    private final List<String> files;

    Binder(Section root, SqlChecks sql, List<String> files) {
        this.root = root;
        this.sql = sql;
        this.files = files;
    }

    PipelineConfig bind() {
        String pipeline = root.requiredText("pipeline", "flight-delay");
        if (!pipeline.isEmpty() && !PIPELINE.matcher(pipeline).matches()) {
            root.report(ErrorCode.INVALID_NAME, "pipeline", pipeline, "is " + pipeline + ", must match " + PIPELINE);
        }
        String owner = root.text("owner", "");
        String description = root.text("description", "");
        Schedule schedule = ScheduleBinder.bind(root.section("schedule"));
        Locations locations = locations(root.section("penstock"));
        root.allow("fragments");
        Map<String, SourceSpec> sources = sources(locations);
        Map<String, ViewSpec> views = views(sources);
        Map<String, ModelSpec> models = models(locations.landing(), sources, views);
        models.keySet()
                .forEach(name -> ScheduleBinder.requireUnits(
                        schedule, models.get(name), root.section("models").section(name)));
        requireOwnTables(
                "sources",
                sources.keySet(),
                sources.values().stream()
                        .filter(SourceSpec::current)
                        .map(source -> Map.entry(source.name() + "_current", source.name()))
                        .toList());
        requireOwnTables(
                "models",
                models.keySet(),
                models.keySet().stream()
                        .flatMap(model ->
                                Stream.of("_log", "_performance").map(ending -> Map.entry(model + ending, model)))
                        .toList());
        AirflowSpec airflow = airflow(root.section("airflow"));
        root.finish();
        PipelineConfig config = new PipelineConfig(
                pipeline, owner, description, schedule, locations, sources, views, models, airflow, files);
        requireTablesOfOthers(config);
        requireFolders(config);
        return config;
    }

    /** What is wrong with the landing folder itself is told there. */
    private void requireFolders(PipelineConfig config) {
        String landing = config.locations().landing();
        Optional<String> told = Paths.unusable(landing);
        config.sources().values().stream()
                .filter(source -> !source.path().isBlank() && !source.path().contains(".."))
                .forEach(source -> Paths.unusable(Paths.below(landing, Paths.literal(source.path())))
                        .filter(reason -> !told.equals(Optional.of(reason)))
                        .ifPresent(reason -> root.section("sources")
                                .section(source.name())
                                .report(ErrorCode.LOCATION_IS_NO_FOLDER, "path", "", reason)));
    }

    private void requireTablesOfOthers(PipelineConfig config) {
        String landing = config.locations().landing();
        config.sources().values().stream()
                .filter(source -> source.format() != Format.DELTA
                        && !source.path().contains("..")
                        && !Paths.overlap(landing, config.locations().warehouse())
                        && Paths.overlap(landing + "/" + Paths.literal(source.path()), config.root()))
                .forEach(source -> root.section("sources")
                        .section(source.name())
                        .report(
                                ErrorCode.OVERLAPPING_LOCATIONS,
                                "path",
                                "",
                                "leads by a link to the tables of this pipeline: what Penstock writes must not land as"
                                        + " input"));
        config.sources().values().stream()
                .filter(source -> source.format() == Format.DELTA
                        && Paths.overlap(Paths.below(config.locations().landing(), source.path()), config.root()))
                .forEach(source -> root.section("sources")
                        .section(source.name())
                        .report(
                                ErrorCode.OVERLAPPING_LOCATIONS,
                                "path",
                                "",
                                "is or holds a table of this pipeline: its stages read these without being told"));
    }

    /** @param taken names of tables that another one has beside its own, and its name */
    private void requireOwnTables(String section, Set<String> names, List<Map.Entry<String, String>> taken) {
        taken.stream()
                .filter(table -> names.contains(table.getKey()))
                .forEach(table -> root.section(section)
                        .report(
                                ErrorCode.NAME_TAKEN,
                                table.getKey(),
                                "",
                                "has the name of a table of " + table.getValue() + "; choose another"));
    }

    private static Locations locations(Section section) {
        // Landing and warehouse default to folders below it
        String work = folder(section, "work", WORK, Optional.empty());
        Optional<String> told = Paths.unusable(work);
        String landing = folder(section, "landing", work + "/landing", told);
        String warehouse = folder(section, "warehouse", work + "/warehouse", told);
        if (Paths.overlap(landing, warehouse)) {
            section.report(
                    ErrorCode.OVERLAPPING_LOCATIONS,
                    "warehouse",
                    "",
                    "overlaps penstock.landing: what Penstock writes must not land as input");
        }
        String mlflow = section.text("mlflow", "http://127.0.0.1:5000");
        if (section.has("mlflow") && !mlflow.isEmpty() && !isAddress(mlflow)) {
            section.report(
                    ErrorCode.INVALID_ADDRESS,
                    "mlflow",
                    "",
                    "is " + UserInfo.maskedAddress(mlflow) + ", must be http://host:port or https://host"
                            + (mlflow.contains("@")
                                    ? "; in a name or password write / ? # @ : as %2F %3F %23 %40 %3A"
                                    : ""));
        }
        Map<String, String> hadoop = hadoop(section);
        Commits commits = commits(section);
        Optional<String> reads = section.optionalText("reads");
        String prefix = section.text("registry-prefix", "");
        if (!PREFIX.matcher(prefix).matches()) {
            section.report(ErrorCode.INVALID_NAME, "registry-prefix", "", "is " + prefix + ", must match " + PREFIX);
        }
        section.finish();
        return new Locations(
                Paths.absolute(landing), Paths.absolute(warehouse), mlflow, hadoop, commits, reads, prefix);
    }

    /** @param told what is wrong already with the folder that it may lie in */
    private static String folder(Section section, String key, String otherwise, Optional<String> told) {
        String location = Paths.checkLocation(section, key, section.text(key, otherwise));
        if (location.isBlank()) {
            section.report(
                    ErrorCode.INVALID_VALUE, key, "", "is empty, must name a folder, such as \"/data/" + key + "\"");
        }
        Paths.unusable(location)
                .filter(reason -> !told.equals(Optional.of(reason)))
                .ifPresent(reason -> section.report(ErrorCode.LOCATION_IS_NO_FOLDER, key, "", reason));
        return location;
    }

    private static boolean isAddress(String text) {
        try {
            return text.matches("https?://\\S+") && URI.create(text).getHost() != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Settings of file systems. What authenticates is taken from nowhere but the environment or a provider. */
    private static Map<String, String> hadoop(Section section) {
        Map<String, String> settings = section.flatTexts("hadoop");
        settings.forEach((key, value) -> {
            if (Secrets.isHadoopCredential(key) || Secrets.looksSecret(value)) {
                section.report(
                        ErrorCode.CREDENTIAL_IN_CONFIGURATION,
                        "hadoop",
                        "",
                        key + " is a credential: take it out, and let a credential provider or the environment"
                                + " (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) give it");
            }
        });
        return settings;
    }

    private static Commits commits(Section section) {
        boolean single = section.flag("single-writer", false);
        boolean dynamodb = section.choice("log-store", "default", List.of("default", "dynamodb"))
                .equals("dynamodb");
        if (single && dynamodb) {
            section.report(
                    ErrorCode.CONTRADICTING_KEYS,
                    "single-writer",
                    "",
                    "contradicts penstock.log-store: keep one of them");
        }
        return single ? Commits.SINGLE_WRITER : dynamodb ? Commits.DYNAMODB : Commits.OWN;
    }

    private static AirflowSpec airflow(Section section) {
        AirflowSpec otherwise = AirflowSpec.DEFAULT;
        AirflowSpec airflow = new AirflowSpec(
                section.text("connection", otherwise.connection()),
                section.choice("deploy-mode", otherwise.deployMode(), DeployMode.class),
                section.choice("granularity", otherwise.granularity(), Granularity.class),
                section.optionalText("pool"),
                section.whole("retries", otherwise.retries(), 0, 100),
                section.duration("retry-delay").orElse(otherwise.retryDelay()),
                section.duration("timeout"),
                section.unitId("from"),
                section.unitId("until"));
        section.finish();
        return airflow;
    }

    private Map<String, SourceSpec> sources(Locations locations) {
        Map<String, SourceSpec> sources = new LinkedHashMap<>();
        Section written = root.section("penstock");
        String landing = written.text("landing", written.text("work", WORK) + "/landing");
        root.sections("sources").forEach((name, section) -> {
            checkName(root.section("sources"), name);
            sources.put(name, new SourceBinder(section, sql, List.of(landing, locations.landing())).bind(name));
        });
        if (sources.isEmpty()) {
            root.report(ErrorCode.NOTHING_DECLARED, "sources", "", "no source is declared: there is nothing to ingest");
        }
        return sources;
    }

    private Map<String, ViewSpec> views(Map<String, SourceSpec> sources) {
        Map<String, ViewSpec> views = new LinkedHashMap<>();
        root.sections("features").forEach((name, section) -> {
            checkName(root.section("features"), name);
            views.put(name, new ViewBinder(section, sql, sources).bind(name));
        });
        return views;
    }

    private Map<String, ModelSpec> models(
            String landing, Map<String, SourceSpec> sources, Map<String, ViewSpec> views) {
        Map<String, ModelSpec> models = new LinkedHashMap<>();
        root.sections("models").forEach((name, section) -> {
            checkName(root.section("models"), name);
            models.put(name, new ModelBinder(section, sql, landing, sources, views).bind(name));
        });
        if (models.isEmpty() && root.has("models")) {
            root.report(ErrorCode.NOTHING_DECLARED, "models", "", "is empty: declare a model or leave the key out");
        }
        return models;
    }

    /** Names become table and column names, so they are the same everywhere and need no quotes in SQL. */
    static void checkName(Section parent, String name) {
        if (!NAME.matcher(name).matches()) {
            parent.report(
                    ErrorCode.INVALID_NAME,
                    name,
                    "",
                    "is not a name: must match " + NAME.pattern().toLowerCase(Locale.ROOT));
        }
    }
}
