package io.penstock.jobs.cli;

import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.storage.Storage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "The pipelines of the configuration folder; or sources, feature views, models and tables of one."
                + " Starts no Spark.")
public final class ListCommand implements Callable<Integer> {
    @Mixin
    Common common;

    @Parameters(paramLabel = "PIPELINE", arity = "0..1", description = "Whose parts to list (default: the pipelines).")
    String pipeline;

    @Override
    public Integer call() {
        if (pipeline == null) {
            print("pipelines", pipelines());
        } else {
            print("resources", resources(common.config(pipeline)));
        }
        return 0;
    }

    private List<Map<String, Object>> pipelines() {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (String name : common.pipelines()) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("name", name);
            try {
                PipelineConfig config = common.config(name);
                row.put("owner", config.owner());
                row.put("sources", config.sources().size());
                row.put("views", config.features().size());
                row.put("models", config.models().size());
                row.put("is_valid", true);
            } catch (PenstockException e) {
                row.put("is_valid", false);
            }
            rows.add(row);
        }
        return rows;
    }

    private static List<Map<String, Object>> resources(PipelineConfig config) {
        List<Map<String, Object>> rows = new ArrayList<>();
        config.sources().values().forEach(source -> rows.add(resource("source", source.name(), source.path())));
        config.features().values().forEach(view -> rows.add(resource("view", view.name(), "features/" + view.table())));
        config.models().values().forEach(model -> rows.add(resource("model", model.name(), "scores/" + model.name())));
        PipelineTables.below(Storage.configuration(config), config.root())
                .forEach((name, path) -> rows.add(resource("table", name, path)));
        return rows;
    }

    private static Map<String, Object> resource(String kind, String name, String location) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("kind", kind);
        row.put("name", name);
        row.put("location", location);
        return row;
    }

    private void print(String key, List<Map<String, Object>> rows) {
        if (common.json) {
            System.out.println(Json.document(Map.of(key, rows)));
        } else {
            rows.forEach(row -> System.out.println(pipeline == null ? pipelineLine(row) : resourceLine(row)));
        }
    }

    private static String pipelineLine(Map<String, Object> row) {
        return Boolean.FALSE.equals(row.get("is_valid"))
                ? line("%-24s does not load: penstock validate %s", row.get("name"), row.get("name"))
                : line(
                        "%-24s sources %2s  views %2s  models %2s  %s",
                        row.get("name"), row.get("sources"), row.get("views"), row.get("models"), row.get("owner"));
    }

    private static String resourceLine(Map<String, Object> row) {
        return line("%-8s %-40s %s", row.get("kind"), row.get("name"), row.get("location"));
    }

    private static String line(String format, Object... values) {
        return String.format(Locale.ROOT, format, values).stripTrailing();
    }
}
