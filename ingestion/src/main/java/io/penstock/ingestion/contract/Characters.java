package io.penstock.ingestion.contract;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;

/** Which characters a record may hold. */
public final class Characters {
    private Characters() {}

    /** Index of the first control, zero-width or direction-changing character or half of a pair, or -1. */
    public static int strange(String raw) {
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < raw.length() && Character.isLowSurrogate(raw.charAt(i + 1))) {
                i++;
                continue;
            }
            if (c < ' ' ? c != '\t' && c != '\n' && c != '\r' : c >= 0x7f && isInvisible(c)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isInvisible(char c) {
        return c <= 0x9f
                || (c >= 0x200b && c <= 0x200f)
                || (c >= 0x202a && c <= 0x202e)
                || (c >= 0x2060 && c <= 0x2069)
                || Character.isSurrogate(c)
                || c == 0xfeff;
    }

    /** What the first name or text says in which a character is strange, or null: as JSON it would be spelt by an escape. */
    public static String strangeIn(JsonNode node) {
        if (node.isTextual()) {
            return strange(node.textValue()) < 0 ? null : node.textValue();
        }
        String found = null;
        for (Iterator<String> names = node.fieldNames(); found == null && names.hasNext(); ) {
            String name = names.next();
            found = strange(name) < 0 ? null : name;
        }
        for (Iterator<JsonNode> parts = node.elements(); found == null && parts.hasNext(); ) {
            found = strangeIn(parts.next());
        }
        return found;
    }
}
