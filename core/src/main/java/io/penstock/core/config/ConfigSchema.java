package io.penstock.core.config;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** A JSON schema of pipeline files, made from {@link ConfigKeys}: editors offer keys and show sentences by it. */
public final class ConfigSchema {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ConfigSchema() {}

    /** Pretty-printed, draft 2020-12. Values may also be texts, since HOCON takes {@code "5"} and {@code 5} alike. */
    public static String json() {
        ObjectNode root = JSON.createObjectNode();
        root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        root.put("title", "Penstock pipeline");
        object(root);
        ConfigKeys.all().forEach(key -> add(root, key));
        return root.toPrettyString() + "\n";
    }

    private static void add(ObjectNode root, ConfigKey key) {
        ObjectNode node = root;
        List<String> parts = List.of(key.path().split("\\."));
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i);
            boolean isLast = i == parts.size() - 1;
            ObjectNode child = child(node, part);
            if (!isLast) {
                child = part.endsWith("[]") ? child.withObject("/items") : child;
                object(child);
            } else {
                if (key.isRequired()) {
                    node.withArray("required").add(part);
                }
                describe(child, key);
            }
            node = child;
        }
    }

    private static ObjectNode child(ObjectNode node, String part) {
        if (part.startsWith("<")) {
            return node.get("additionalProperties") instanceof ObjectNode own
                    ? own
                    : node.putObject("additionalProperties");
        }
        String name = part.replace("[]", "");
        ObjectNode properties = node.withObject("/properties");
        ObjectNode child = properties.get(name) instanceof ObjectNode own ? own : properties.putObject(name);
        if (part.endsWith("[]")) {
            child.put("type", "array");
        }
        return child;
    }

    private static void object(ObjectNode node) {
        if (!node.has("type")) {
            node.put("type", "object").put("additionalProperties", false);
        }
    }

    private static void describe(ObjectNode node, ConfigKey key) {
        ValueType type = key.type();
        node.put("description", key.sentence());
        if (!key.isRequired() && !key.otherwise().isEmpty()) {
            node.put("$comment", "default: " + key.otherwise());
        }
        switch (type.kind()) {
            case FLAG -> node.putArray("type").add("boolean").add("string");
            case WHOLE -> bounded(node, "integer", type);
            case NUMBER -> bounded(node, "number", type);
            case CHOICE -> type.allowed().forEach(node.withArray("enum")::add);
            case TEXTS, DURATIONS -> node.put("type", "array");
            case EXPRESSIONS, MAP -> node.put("type", "object");
            case TEXT, EXPRESSION ->
                node.putArray("type").add("string").add("number").add("boolean");
            case DURATION, DATE, UNIT, TIME, ZONE -> node.put("type", "string");
            case ANYTHING -> node.remove("type");
        }
    }

    private static void bounded(ObjectNode node, String kind, ValueType type) {
        node.putArray("type").add(kind).add("string");
        if (!type.isUnbounded()) {
            node.put("minimum", type.min());
            if (type.max() < Integer.MAX_VALUE) {
                node.put("maximum", type.max());
            }
        }
    }
}
