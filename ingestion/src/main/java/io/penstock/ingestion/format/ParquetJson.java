package io.penstock.ingestion.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.List;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapLogicalTypeAnnotation;
import org.apache.parquet.schema.Type;

/** Shows lists, maps and structures of a Parquet file as a user reads them. */
final class ParquetJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private ParquetJson() {}

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
        if (value instanceof byte[] bytes) {
            return NODES.binaryNode(bytes);
        } else if (value instanceof Integer number) {
            return NODES.numberNode(number);
        } else if (value instanceof Long number) {
            return NODES.numberNode(number);
        } else if (value instanceof Double number) {
            return NODES.numberNode(number);
        } else if (value instanceof Float number) {
            return NODES.numberNode(number);
        } else if (value instanceof BigInteger number) {
            return NODES.numberNode(number);
        } else if (value instanceof Boolean truth) {
            return NODES.booleanNode(truth);
        }
        return NODES.textNode(value.toString());
    }
}
