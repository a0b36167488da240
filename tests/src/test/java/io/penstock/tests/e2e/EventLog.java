package io.penstock.tests.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What Spark's event log tells of the tasks of a run: for which stage of Penstock, where, and how they ended. */
final class EventLog {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<Task> tasks = new ArrayList<>();
    private final Set<Integer> barriers = new HashSet<>();

    /**
     * The end of one attempt of a task.
     *
     * @param stage of Penstock, such as {@code score slow}; empty for what belongs to none
     * @param barrier whether it is one of those that run at once, as XGBoost's do
     */
    record Task(String stage, boolean barrier, String executor, String host, String end) {
        boolean isLost() {
            return end.equals("ExecutorLostFailure");
        }
    }

    /** @param folder of the logs of one run's application */
    static EventLog of(Path folder) throws IOException {
        EventLog log = new EventLog();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                log.read(file);
            }
        }
        return log;
    }

    List<Task> tasks() {
        return tasks;
    }

    List<Task> tasks(String stage) {
        return tasks.stream()
                .filter(task -> task.stage().equals(stage) || task.stage().startsWith(stage + " "))
                .toList();
    }

    static Set<String> hosts(List<Task> tasks) {
        Set<String> hosts = new TreeSet<>();
        tasks.forEach(task -> hosts.add(task.host()));
        return hosts;
    }

    private void read(Path file) throws IOException {
        Map<Integer, String> stages = new HashMap<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode event;
            try {
                event = JSON.readTree(line);
            } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
                continue; // still being written
            }
            switch (event.path("Event").asText()) {
                case "SparkListenerStageSubmitted" -> {
                    JsonNode stage = event.path("Stage Info");
                    int id = stage.path("Stage ID").asInt();
                    stages.put(
                            id, event.path("Properties").path("penstock.stage").asText());
                    stage.path("RDD Info").forEach(rdd -> {
                        if (rdd.path("Barrier").asBoolean()) {
                            barriers.add(id);
                        }
                    });
                }
                case "SparkListenerTaskEnd" -> {
                    int id = event.path("Stage ID").asInt();
                    JsonNode task = event.path("Task Info");
                    tasks.add(new Task(
                            stages.getOrDefault(id, ""),
                            barriers.contains(id),
                            task.path("Executor ID").asText(),
                            task.path("Host").asText(),
                            event.path("Task End Reason").path("Reason").asText()));
                }
                default -> {}
            }
        }
    }
}
