package io.penstock.core.kernel;

import java.nio.charset.StandardCharsets;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** One row of a control table, column to value, in a sixth of the memory that a hash map takes. Unmodifiable. */
final class StoredRow extends AbstractMap<String, Object> {
    private final List<String> columns;
    private final Object[] values;

    /** A text that no one asked for yet: a plan looks into few of the manifests that it reads. */
    record Unread(byte[] utf8) {
        String text() {
            return new String(utf8, StandardCharsets.UTF_8);
        }
    }

    /** @param columns shared by all rows of a file; few, so that they are searched and not hashed */
    StoredRow(List<String> columns, Object[] values) {
        this.columns = columns;
        this.values = values;
    }

    @Override
    public Object get(Object column) {
        int at = columns.indexOf(column);
        return at < 0 ? null : value(at);
    }

    private Object value(int at) {
        return values[at] instanceof Unread text ? text.text() : values[at];
    }

    @Override
    public boolean containsKey(Object column) {
        return columns.contains(column);
    }

    @Override
    public Set<Map.Entry<String, Object>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Map.Entry<String, Object>> iterator() {
                return IntStream.range(0, values.length)
                        .<Map.Entry<String, Object>>mapToObj(i -> new SimpleImmutableEntry<>(columns.get(i), value(i)))
                        .iterator();
            }

            @Override
            public int size() {
                return values.length;
            }
        };
    }
}
