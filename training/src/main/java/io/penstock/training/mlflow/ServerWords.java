package io.penstock.training.mlflow;

import io.penstock.core.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What an MLflow server said beside a status: the code and the message of its JSON, or what another server wrote instead,
 * without its marks.
 *
 * @param code MLflow's own, such as {@code RESOURCE_DOES_NOT_EXIST}; may be empty
 * @param message may be empty
 */
record ServerWords(String code, String message) {
    private static final int SHOWN = 300;

    static ServerWords of(byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8);
        try {
            Map<String, Object> json = Json.readMap(text);
            String message = Answers.text(json, "message");
            return new ServerWords(
                    Answers.text(json, "error_code"), line(message.isEmpty() ? Answers.text(json, "detail") : message));
        } catch (IllegalArgumentException e) {
            return new ServerWords("", line(text.replaceAll("(?s)<(style|script).*?</\\1>|<[^>]*>", " ")));
        }
    }

    private static String line(String text) {
        String line = text.strip().replaceAll("\\s+", " ").replaceAll("[.\\s]+$", "");
        return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
    }

    /** Whether an answer can be MLflow's, which answers in JSON. */
    static boolean mayBeMlflows(byte[] body) {
        try {
            Json.readMap(new String(body, StandardCharsets.UTF_8));
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    boolean saysThatItDoesNotExist() {
        return code.equals("RESOURCE_DOES_NOT_EXIST");
    }

    boolean saysThatItExists() {
        return code.equals("RESOURCE_ALREADY_EXISTS");
    }

    boolean saysThatTheHostIsUnknown() {
        return message.contains("Invalid Host header");
    }

    boolean saysThatItKeepsNoArtifacts() {
        return message.contains("`--serve-artifacts`");
    }

    /** As the end of a sentence that told the status. */
    @Override
    public String toString() {
        return (code.isEmpty() ? "" : " " + code) + (message.isEmpty() ? "" : ": " + message);
    }
}
