package io.penstock.training.mlflow;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads the loosely typed JSON that the server answers with; what is absent is empty. */
final class Answers {
    private Answers() {}

    @SuppressWarnings("unchecked")
    static Map<String, Object> map(Map<String, Object> answer, String field) {
        return answer.get(field) instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }

    @SuppressWarnings("unchecked")
    static List<Map<String, Object>> list(Map<String, Object> answer, String field) {
        return answer.get(field) instanceof List<?> list ? (List<Map<String, Object>>) list : List.of();
    }

    static String text(Map<String, Object> answer, String field) {
        return answer.get(field) == null ? "" : String.valueOf(answer.get(field));
    }

    static Map<String, String> tags(Map<String, Object> answer) {
        Map<String, String> tags = new TreeMap<>();
        list(answer, "tags").forEach(tag -> tags.put(text(tag, "key"), text(tag, "value")));
        return tags;
    }
}
