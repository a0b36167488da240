package io.penstock.core.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigResolver;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.config.HoconScan.Entry;
import io.penstock.core.config.Problems.Place;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads a pipeline's configuration: {@code reference.conf}, under the pipeline file, under {@code env/<env>.conf}, under
 * overrides. Strict, where the library below is lenient: unknown and repeated keys, numbers without a unit, missing
 * variables, secrets, bad SQL and names of nothing are mistakes, and all of them are reported at once.
 */
public final class ConfigLoader {
    private static final String REFERENCE = "reference.conf";
    private static final String LOCAL = "local";
    private static final Set<String> UNREADABLE =
            Set.of(ErrorCode.FILE_UNREADABLE.code(), ErrorCode.CONFIGURATION_SYNTAX.code(), HoconDepth.CODE);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+");
    private static final Pattern MISSING = Pattern.compile("\\$\\{([^}]+)}");

    /** A value and where it was set; secrets are masked. {@code file} is {@code --set} for an override. */
    public record Origin(String value, String file, int line) {}

    /**
     * What was read.
     *
     * @param config empty if there are problems
     * @param problems mistakes, in the order of files and lines
     * @param warnings what may be meant but should be known, such as an optional variable that is not set
     * @param values every setting by its key, for printing
     */
    public record Result(
            Optional<PipelineConfig> config,
            List<ConfigProblem> problems,
            List<ConfigProblem> warnings,
            Map<String, Origin> values) {}

    private final Path confDir;
    private final Map<String, String> overrides;
    private final Map<String, String> environment;
    private final Problems problems = new Problems();
    private final Problems warnings = new Problems();
    private final ConfigFiles files;
    private final SqlChecks sql;
    private final List<Entry> set = new ArrayList<>();

    private ConfigLoader(
            Path confDir,
            Path root,
            Map<String, String> overrides,
            Map<String, String> environment,
            Optional<Path> sqlCache) {
        this.confDir = confDir;
        this.environment = environment;
        this.overrides = overrides;
        this.files = new ConfigFiles(root, problems, overrides.keySet());
        this.sql = new SqlChecks(problems, sqlCache);
    }

    /**
     * Loads a pipeline, or throws one exception that names every mistake; its code is that of the first.
     *
     * @param confDir folder with the pipeline files and {@code env/}; {@code reference.conf} in it wins over the built-in one
     * @param pipeline name of a file in it without {@code .conf}, or the path of a file
     * @param env name of a file in {@code env/} without {@code .conf}
     * @param overrides dotted key to value, as in {@code --set key=value}
     * @param environment variables that {@code ${NAME}} refers to
     */
    public static PipelineConfig load(
            Path confDir, String pipeline, String env, Map<String, String> overrides, Map<String, String> environment) {
        return load(confDir, pipeline, env, overrides, environment, Optional.empty());
    }

    /** @param sqlCache file that remembers the expressions that were found sound, so that Spark's parser can stay unloaded */
    public static PipelineConfig load(
            Path confDir,
            String pipeline,
            String env,
            Map<String, String> overrides,
            Map<String, String> environment,
            Optional<Path> sqlCache) {
        Result result = read(confDir, pipeline, env, overrides, environment, sqlCache);
        return result.config().orElseThrow(() -> exception(pipeline, result.problems()));
    }

    /** Like {@link #load}, but hands mistakes, warnings and origins back instead of throwing. */
    public static Result read(
            Path confDir,
            String pipeline,
            String env,
            Map<String, String> overrides,
            Map<String, String> environment,
            Optional<Path> sqlCache) {
        boolean named = NAME.matcher(pipeline).matches();
        Path file = named ? confDir.resolve(pipeline + ".conf") : Path.of(pipeline);
        boolean inside = file.toAbsolutePath()
                .normalize()
                .startsWith(confDir.toAbsolutePath().normalize());
        Path parent = file.toAbsolutePath().normalize().getParent();
        Path root = inside || parent == null ? confDir : parent;
        Result own = new ConfigLoader(confDir, root, overrides, environment, sqlCache).read(file, env);
        Optional<String> reads =
                own.config().flatMap(config -> config.locations().reads());
        if (reads.isEmpty()) {
            return own;
        }
        // What was set on the command line was meant for the environment that was named there
        Result base = new ConfigLoader(confDir, root, Map.of(), environment, sqlCache).read(file, reads.get());
        return Environments.joined(own, env, base, reads.get());
    }

    private static PenstockException exception(String pipeline, List<ConfigProblem> problems) {
        String lines = problems.stream().map(ConfigProblem::render).collect(Collectors.joining("\n  ", "\n  ", "\n"));
        String count = problems.size() == 1 ? "1 problem" : problems.size() + " problems";
        return new PenstockException(
                ErrorCode.of(problems.get(0).code()),
                "Cannot load pipeline " + pipeline + ": " + count,
                lines,
                "Correct the configuration and run again");
    }

    private Result read(Path file, String env) {
        try {
            return readAll(file, env);
        } catch (StackOverflowError e) {
            // Each file is bounded; substitutions that lead to one another, each a level deeper, are not
            problems.add(
                    ErrorCode.NESTED_TOO_DEEPLY,
                    new Place("", files.displays().stream().reduce("", (first, second) -> second), -1),
                    "",
                    "a value " + HoconDepth.message() + ", by substitutions that lead to one another or in itself");
            return result(Optional.empty(), Map.of());
        }
    }

    private Result readAll(Path file, String env) {
        Config reference = reference();
        Config pipeline = files.read(file);
        boolean readable = problems.sorted(List.of()).stream().noneMatch(p -> UNREADABLE.contains(p.code()));
        Config environmentFile = environment(env);
        Config overridden = overrides();
        Config all =
                overridden.withFallback(environmentFile).withFallback(pipeline).withFallback(reference);
        if (isTooLong()) {
            return result(Optional.empty(), Map.of());
        }
        Optional<Config> resolved = resolve(all);
        // Without the pipeline file every other finding would be noise
        if (!readable || resolved.isEmpty()) {
            return result(Optional.empty(), Map.of());
        }
        optionalVariables();
        secretsByReference(resolved.get());
        Section section = new Section(resolved.get().root(), "", files, problems);
        PipelineConfig bound = new Binder(section, sql, files.displays()).bind();
        sql.remember();
        return result(problems.isEmpty() ? Optional.of(bound) : Optional.empty(), values(resolved.get()));
    }

    private boolean isTooLong() {
        List<Entry> all = Stream.concat(files.entries().stream(), set.stream()).toList();
        Optional<HoconSize.Exceeded> exceeded = HoconSize.exceeded(all, environment);
        exceeded.ifPresent(value ->
                problems.add(ErrorCode.NESTED_TOO_DEEPLY, files.place(value.path(), null), "", value.message()));
        return exceeded.isPresent();
    }

    private Result result(Optional<PipelineConfig> config, Map<String, Origin> values) {
        List<String> order = files.displays();
        return new Result(config, problems.sorted(order), warnings.sorted(order), values);
    }

    private Config reference() {
        Path file = confDir.resolve(REFERENCE);
        if (Files.isRegularFile(file)) {
            return files.read(file);
        }
        try (InputStream in = ConfigLoader.class.getResourceAsStream(REFERENCE)) {
            return files.readBuiltIn(REFERENCE, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the built-in " + REFERENCE, e);
        }
    }

    private Config environment(String env) {
        if (!NAME.matcher(env).matches()) {
            problems.add(
                    ErrorCode.INVALID_PATH,
                    new Place("", "--env", -1),
                    "",
                    "\"" + env + "\" is not the name of an environment");
            return ConfigFactory.empty();
        }
        Path file = confDir.resolve("env").resolve(env + ".conf");
        boolean optional = env.equals(LOCAL) && !Files.exists(file);
        return optional ? ConfigFactory.empty() : files.read(file);
    }

    private Config overrides() {
        Config all = ConfigFactory.empty();
        for (Map.Entry<String, String> override : new TreeMap<>(overrides).entrySet()) {
            Place place = new Place(override.getKey(), "--set", -1);
            if (HoconDepth.exceeded(override.getKey()).isPresent()
                    || HoconDepth.exceeded(override.getValue()).isPresent()) {
                String start = override.getKey()
                        .substring(0, Math.min(60, override.getKey().length()));
                problems.add(ErrorCode.NESTED_TOO_DEEPLY, new Place(start, "--set", -1), "", HoconDepth.message());
                continue;
            }
            // As a line of a file, since lists and objects may stand there, too
            List<Entry> entries = HoconScan.scan(override.getKey() + " = "
                    + (isHocon(override.getValue()) ? override.getValue() : literal(override.getValue())));
            entries.forEach(entry -> files.secrets(entry, "--set"));
            set.addAll(entries);
            try {
                ConfigUtil.splitPath(override.getKey());
                all = all.withValue(override.getKey(), overrideValue(override.getValue()));
            } catch (ConfigException e) {
                problems.add(
                        ErrorCode.CONFIGURATION_SYNTAX,
                        place,
                        "",
                        "cannot be read: write --set key=value; quote text in lists");
            }
        }
        return all;
    }

    /** Lists, objects and quoted text are HOCON; anything else is taken literally, so that addresses need no quotes. */
    private ConfigValue overrideValue(String text) {
        return isHocon(text)
                ? ConfigFactory.parseString(
                                "value = " + text,
                                ConfigParseOptions.defaults()
                                        .setOriginDescription("--set")
                                        .setIncluder(files.includer()))
                        .getValue("value")
                : ConfigValueFactory.fromAnyRef(text, "--set");
    }

    private static boolean isHocon(String text) {
        return text.startsWith("[") || text.startsWith("{") || text.startsWith("\"");
    }

    private static String literal(String text) {
        return "\"\"\"" + text + "\"\"\"";
    }

    /**
     * What variables bring in is kept in tables, logs and manifests like anything else: only the address of MLflow may hold a
     * name and password, which are taken out of it.
     */
    private void secretsByReference(Config config) {
        config.entrySet().forEach(entry -> {
            boolean isAllowed = entry.getKey().equals("penstock.mlflow") || Secrets.isSecretKey(entry.getKey());
            String text = String.valueOf(entry.getValue().unwrapped());
            if (!isAllowed && (Secrets.looksSecret(text) || problems.holdsHidden(text))) {
                problems.addOnce(
                        ErrorCode.LITERAL_SECRET,
                        files.place(entry.getKey(), entry.getValue()),
                        "a secret would stand here, and what stands here is written down; take it out",
                        List.of());
            }
        });
    }

    /** Resolves substitutions; a variable that is missing is reported and stood in for, so that the others are found too. */
    private Optional<Config> resolve(Config config) {
        Set<String> missing = new HashSet<>();
        while (true) {
            try {
                return Optional.of(config.resolve(
                        ConfigResolveOptions.noSystem().appendResolver(new Variables(environment, missing, problems))));
            } catch (ConfigException.UnresolvedSubstitution e) {
                Matcher matcher = MISSING.matcher(e.getMessage());
                if (!matcher.find() || !missing.add(matcher.group(1))) {
                    problems.add(
                            ErrorCode.UNRESOLVED_SUBSTITUTION,
                            new Place("", "", -1),
                            "",
                            "a substitution refers to itself");
                    return Optional.empty();
                }
                missing(matcher.group(1), e);
            } catch (ConfigException e) {
                int line = e.origin() == null ? -1 : e.origin().lineNumber();
                problems.add(
                        ErrorCode.UNRESOLVED_SUBSTITUTION,
                        new Place("", "", line),
                        "",
                        "cannot substitute: " + e.getClass().getSimpleName());
                return Optional.empty();
            }
        }
    }

    private void missing(String name, ConfigException e) {
        Place place = files.substitution(name, e.origin());
        boolean variable = name.matches("[A-Z][A-Z0-9_]*");
        problems.add(
                ErrorCode.UNRESOLVED_SUBSTITUTION,
                place,
                "",
                variable
                        ? "environment variable " + name + " is not set"
                        : "${" + name + "} is neither a key of this configuration nor an environment variable");
    }

    private void optionalVariables() {
        files.optionalSubstitutions().forEach((place, name) -> {
            boolean own = place.file().endsWith(REFERENCE);
            if (!own && name.matches("[A-Z][A-Z0-9_]*") && !environment.containsKey(name)) {
                warnings.add(
                        ErrorCode.OPTIONAL_SUBSTITUTION_UNSET,
                        place,
                        "",
                        "optional environment variable " + name + " is not set");
            }
        });
    }

    private Map<String, Origin> values(Config config) {
        Map<String, Origin> values = new TreeMap<>();
        config.entrySet().forEach(entry -> {
            Place place = files.place(entry.getKey(), entry.getValue());
            String text = problems.masked(
                    Secrets.mask(entry.getKey(), String.valueOf(entry.getValue().unwrapped())));
            values.put(entry.getKey(), new Origin(text, place.file(), place.line()));
        });
        return values;
    }

    /** Looks names up in the environment; those in {@code missing} resolve to a mark that the binder passes over. */
    private record Variables(Map<String, String> environment, Set<String> missing, Problems problems)
            implements ConfigResolver {
        @Override
        public ConfigValue lookup(String path) {
            String value = missing.contains(path) ? Section.UNRESOLVED : environment.get(path);
            if (environment.containsKey(path) && Secrets.isSecretVariable(path)) {
                problems.hide(environment.get(path));
            }
            return value == null ? null : ConfigValueFactory.fromAnyRef(value, "environment variable " + path);
        }

        @Override
        public ConfigResolver withFallback(ConfigResolver fallback) {
            return this;
        }
    }
}
