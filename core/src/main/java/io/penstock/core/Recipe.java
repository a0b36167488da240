package io.penstock.core;

import java.util.Map;
import java.util.TreeMap;

/**
 * What decides, together with the input content, whether a stage must run: canonical JSON of the stage's own
 * configuration and its upstream definitions, and a number.
 */
public record Recipe(String json) {
    /** @param meaning a small integer that a maintainer raises when the stage's output changes meaning */
    public static Recipe of(Stage stage, int meaning, Map<String, ?> parts) {
        Map<String, Object> all = new TreeMap<>(parts);
        all.put("stage", stage.id());
        all.put("meaning", meaning);
        return new Recipe(Json.canonical(all));
    }

    public String sha256() {
        return Hashes.sha256(json);
    }
}
