package io.penstock.jobs.airflow;

import io.penstock.core.Stage;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One task of a DAG.
 *
 * @param stages as {@code --stage} takes them
 * @param arguments Python: what the operator is given beside them
 * @param eachOf Python: lists of units, each of which makes one task
 */
record Task(
        String id, String doc, String stages, List<String> arguments, List<Table> outlets, Optional<String> eachOf) {
    Task(String id, String doc, String stages, List<String> arguments, List<Table> outlets) {
        this(id, doc, stages, arguments, outlets, Optional.empty());
    }

    /** As many of it as a Python expression gives units. */
    Task forEach(String units) {
        return new Task(id, doc, stages, arguments, outlets, Optional.of(units));
    }

    /** A published table as an asset. {@code stage} and {@code subject} find its units among the steps of a result. */
    record Table(String name, Stage stage, String subject) {
        String python() {
            String rest = subject.isEmpty() ? "" : ", " + Python.text(subject);
            return "table(" + Python.text(name) + ", " + Python.text(stage.id()) + rest + ")";
        }
    }

    static String stages(List<Stage> stages) {
        return stages.stream().map(Stage::id).collect(Collectors.joining(","));
    }

    String python() {
        StringBuilder task =
                new StringBuilder(id + " = PenstockOperator" + (eachOf.isPresent() ? ".partial" : "") + "(\n");
        line(task, "task_id=" + Python.text(id));
        line(task, "doc_md=" + Python.text(doc));
        line(task, "stages=" + Python.text(stages));
        arguments.forEach(argument -> line(task, argument));
        if (!outlets.isEmpty()) {
            task.append("    outlets=[\n");
            outlets.forEach(table -> line(task, "    " + table.python()));
            task.append("    ],\n");
        }
        task.append(")");
        eachOf.ifPresent(units -> task.append(".expand(units=" + units + ")"));
        return task.append("\n").toString();
    }

    private static void line(StringBuilder task, String text) {
        task.append("    ").append(text).append(",\n");
    }
}
