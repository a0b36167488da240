package io.penstock.jobs.cli;

import io.penstock.core.ExitCode;
import io.penstock.core.Json;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.ConfigProblem;
import io.penstock.core.config.ConfigSchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "validate",
        mixinStandardHelpOptions = true,
        description = "Load configurations, check them with all their expressions, and print every mistake. Exit code 0"
                + " or 20. Starts no Spark.")
public final class ValidateCommand implements Callable<Integer> {
    @Mixin
    Common common;

    @Parameters(paramLabel = "PIPELINE", arity = "0..*", description = "Which ones (default: all of the folder).")
    List<String> pipelines = new ArrayList<>();

    @Option(names = "--schema", description = "Print the JSON schema of pipeline files for editors instead.")
    boolean schema;

    @Override
    public Integer call() {
        if (schema) {
            System.out.print(ConfigSchema.json());
            return 0;
        }
        List<String> names = pipelines.isEmpty() ? common.pipelines() : pipelines;
        Map<String, ConfigLoader.Result> results = new LinkedHashMap<>();
        names.forEach(name -> results.put(name, common.read(name)));
        if (common.json) {
            System.out.println(Json.document(Map.of(
                    "pipelines",
                    results.entrySet().stream()
                            .map(result -> row(result.getKey(), result.getValue()))
                            .toList())));
        } else {
            results.forEach(ValidateCommand::print);
        }
        boolean isValid =
                results.values().stream().allMatch(result -> result.config().isPresent());
        return isValid ? 0 : ExitCode.CONFIGURATION.value();
    }

    private static Map<String, Object> row(String name, ConfigLoader.Result result) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", name);
        row.put("is_valid", result.config().isPresent());
        row.put("problems", result.problems());
        row.put("warnings", result.warnings());
        return row;
    }

    private static void print(String name, ConfigLoader.Result result) {
        int count = result.problems().size();
        System.out.println(name + ": " + (count == 0 ? "valid" : count + (count == 1 ? " problem" : " problems")));
        result.problems().stream().map(ConfigProblem::render).forEach(line -> System.out.println("  " + line));
        result.warnings().stream().map(ConfigProblem::render).forEach(line -> System.out.println("  note: " + line));
    }
}
