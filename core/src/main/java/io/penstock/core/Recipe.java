package io.penstock.core;

import java.util.Map;
import java.util.TreeMap;

/**
 * What decides, together with the input content, whether a stage must run: canonical JSON of the stage's own
 * configuration and its upstream definitions, and the stage's meaning number.
 */
public record Recipe(String json) {
    public static Recipe of(Stage stage, Map<String, ?> parts) {
        Map<String, Object> all = new TreeMap<>(parts);
        all.put("stage", stage.id());
        all.put("meaning", stage.meaning());
        return new Recipe(Json.canonical(all));
    }

    public String sha256() {
        return Hashes.sha256(json);
    }
}
