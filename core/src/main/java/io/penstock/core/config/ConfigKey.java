package io.penstock.core.config;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A key of a pipeline file.
 *
 * @param path dotted; {@code <name>} stands for a name of the user's, {@code []} for the elements of a list
 * @param otherwise its default, in words where it follows from other keys; {@code required} if there is none
 * @param sentence what it is for, in Markdown
 */
public record ConfigKey(String path, ValueType type, String otherwise, String sentence) {

    public boolean isRequired() {
        return otherwise.equals(ConfigKeys.REQUIRED);
    }

    boolean isAt(List<String> other) {
        List<String> own = parts();
        return own.size() == other.size() && startsAlike(own, other, own.size());
    }

    /** It is that key, or that path lies in the map that it is. */
    boolean isAtOrBelow(List<String> other) {
        List<String> own = parts();
        return isAt(other) || type.isOpen() && own.size() < other.size() && startsAlike(own, other, own.size());
    }

    /** That path is an object, or a list of objects, that it lies in. */
    boolean holds(List<String> other) {
        List<String> own = parts();
        return other.size() < own.size()
                && (startsAlike(own, other, other.size())
                        || own.get(other.size() - 1).equals(other.get(other.size() - 1) + "-elements")
                                && startsAlike(own, other, other.size() - 1));
    }

    boolean hasDefault(Object value) {
        String text = String.valueOf(value);
        return otherwise.equals(text) || otherwise.equals(text.replaceFirst("\\.0$", ""));
    }

    private List<String> parts() {
        return List.of(path.replace("[]", "-elements").split("\\."));
    }

    private static boolean startsAlike(List<String> own, List<String> other, int parts) {
        return IntStream.range(0, parts)
                .allMatch(i -> own.get(i).startsWith("<") || own.get(i).equals(other.get(i)));
    }
}
