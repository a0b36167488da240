package io.penstock.ingestion;

import com.fasterxml.jackson.core.Base64Variants;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/** Shows the rows of a Parquet file as a user reads them. One object for all rows of a file, one after the other. */
final class ParquetJson {
    private static final JsonFactory FACTORY =
            new JsonFactoryBuilder().rootValueSeparator((String) null).build();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final MessageType schema;
    private final StringWriter text = new StringWriter();
    private final JsonGenerator json;
    private final List<UnaryOperator<Object>> shown;

    ParquetJson(MessageType schema) {
        this.schema = schema;
        this.shown = schema.getFields().stream().map(ParquetJson::shown).toList();
        try {
            this.json = FACTORY.createGenerator(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static UnaryOperator<Object> shown(Type type) {
        return ParquetColumn.isFlat(type)
                ? ParquetColumn.shown(type.asPrimitiveType())
                : stored -> ((ParquetRows.Nested) stored).json(type);
    }

    /** @param stored values by field, null where there is none */
    String row(Object[] stored) {
        try {
            json.writeStartObject();
            for (int i = 0; i < stored.length; i++) {
                json.writeFieldName(schema.getFieldName(i));
                write(stored[i] == null ? null : shown.get(i).apply(stored[i]));
            }
            json.writeEndObject();
            json.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String row = text.toString();
        text.getBuffer().setLength(0);
        return row;
    }

    /** @param stored value of a field */
    String value(int field, Object stored) {
        Object value = shown.get(field).apply(stored);
        return value instanceof byte[] bytes
                ? Base64Variants.getDefaultVariant().encode(bytes)
                : value.toString();
    }

    private void write(Object value) throws IOException {
        if (value == null) {
            json.writeNull();
        } else if (value instanceof String string) {
            json.writeString(string);
        } else if (value instanceof Integer number) {
            json.writeNumber(number);
        } else if (value instanceof Long number) {
            json.writeNumber(number);
        } else if (value instanceof Double number) {
            json.writeNumber(number);
        } else if (value instanceof Float number) {
            json.writeNumber(number);
        } else if (value instanceof Boolean truth) {
            json.writeBoolean(truth);
        } else if (value instanceof byte[] bytes) {
            json.writeBinary(bytes);
        } else {
            json.writeRawValue(value.toString());
        }
    }

    /** A list, map or structure, or what stands several times in a row. */
    static JsonNode nested(Group row, int field, Type type) {
        int count = row.getFieldRepetitionCount(field);
        if (type.isRepetition(Type.Repetition.REPEATED)) {
            ArrayNode all = NODES.arrayNode();
            for (int i = 0; i < count; i++) {
                all.add(one(row, field, i, type));
            }
            return all;
        }
        return count == 0 ? NODES.nullNode() : one(row, field, 0, type);
    }

    private static JsonNode one(Group row, int field, int index, Type type) {
        if (type.isPrimitive()) {
            return node(ParquetColumn.shown(type.asPrimitiveType())
                    .apply(ParquetRows.stored(row, field, index, type.asPrimitiveType())));
        }
        Group inner = row.getGroup(field, index);
        if (type.getLogicalTypeAnnotation() instanceof ListLogicalTypeAnnotation && isRepeating(type)) {
            return list(inner, type.asGroupType().getType(0));
        }
        if (type.getLogicalTypeAnnotation() instanceof MapLogicalTypeAnnotation && isRepeating(type)) {
            return map(inner, type.asGroupType().getType(0));
        }
        ObjectNode node = NODES.objectNode();
        for (int i = 0; i < type.asGroupType().getFieldCount(); i++) {
            node.set(
                    type.asGroupType().getFieldName(i),
                    nested(inner, i, type.asGroupType().getType(i)));
        }
        return node;
    }

    private static boolean isRepeating(Type type) {
        return type.asGroupType().getFieldCount() == 1
                && type.asGroupType().getType(0).isRepetition(Type.Repetition.REPEATED);
    }

    /** Elements, whatever the writer called the groups around them. */
    private static JsonNode list(Group list, Type repeated) {
        ArrayNode all = NODES.arrayNode();
        boolean isWrapped = !repeated.isPrimitive() && repeated.asGroupType().getFieldCount() == 1;
        for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
            all.add(
                    isWrapped
                            ? nested(
                                    list.getGroup(0, i),
                                    0,
                                    repeated.asGroupType().getType(0))
                            : one(list, 0, i, repeated));
        }
        return all;
    }

    /** Entries by the text of their keys. */
    private static JsonNode map(Group map, Type repeated) {
        ObjectNode all = NODES.objectNode();
        List<Type> fields = repeated.asGroupType().getFields();
        for (int i = 0; i < map.getFieldRepetitionCount(0); i++) {
            Group entry = map.getGroup(0, i);
            JsonNode key = nested(entry, 0, fields.get(0));
            all.set(
                    key.isValueNode() ? key.asText() : key.toString(),
                    fields.size() > 1 ? nested(entry, 1, fields.get(1)) : NODES.nullNode());
        }
        return all;
    }

    private static JsonNode node(Object value) {
        if (value instanceof String string) {
            return NODES.textNode(string);
        } else if (value instanceof Integer number) {
            return NODES.numberNode(number);
        } else if (value instanceof Long number) {
            return NODES.numberNode(number);
        } else if (value instanceof Double number) {
            return NODES.numberNode(number);
        } else if (value instanceof Float number) {
            return NODES.numberNode(number);
        } else if (value instanceof Boolean truth) {
            return NODES.booleanNode(truth);
        }
        return NODES.binaryNode((byte[]) value);
    }
}
