package io.penstock.ingestion.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * Bytes that say all that a row says. Whether a row has to be shown is known only when all others are read; its image is made
 * in a fraction of the time that its JSON takes, which is made of the image for those few that are shown. One object for all
 * rows of a file, one after the other: {@link #begin}, a {@link #put} for each field, {@link #end}.
 */
public final class RowImage {
    private static final int USUAL = 1 << 9;
    private static final int LARGEST_FIXED = 1 + Long.BYTES + Integer.BYTES;

    private enum Tag {
        NULL,
        FALSE,
        TRUE,
        INT,
        LONG,
        FLOAT,
        DOUBLE,
        DAY,
        INSTANT,
        TEXT,
        BYTES,
        JSON;

        private static final Tag[] ALL = values();
    }

    private final int head;
    private ByteBuffer buffer = ByteBuffer.allocate(USUAL);

    /** @param names of the fields, in order */
    RowImage(List<String> names) {
        room(Integer.BYTES).putInt(names.size());
        names.forEach(this::bytes);
        head = buffer.position();
    }

    void begin() {
        buffer.position(head);
    }

    /** @param shown as {@link ParquetColumn#shown} gives it, or null */
    void put(Object shown) {
        if (shown instanceof String text) {
            tagged(Tag.TEXT, text);
            return;
        }
        room(LARGEST_FIXED);
        if (shown == null) {
            tag(Tag.NULL);
        } else if (shown instanceof Double number) {
            tag(Tag.DOUBLE).putDouble(number);
        } else if (shown instanceof Integer number) {
            tag(Tag.INT).putInt(number);
        } else if (shown instanceof Long number) {
            tag(Tag.LONG).putLong(number);
        } else if (shown instanceof Boolean truth) {
            tag(truth ? Tag.TRUE : Tag.FALSE);
        } else if (shown instanceof Instant instant) {
            tag(Tag.INSTANT).putLong(instant.getEpochSecond()).putInt(instant.getNano());
        } else if (shown instanceof LocalDate day) {
            tag(Tag.DAY).putLong(day.toEpochDay());
        } else if (shown instanceof Float number) {
            tag(Tag.FLOAT).putFloat(number);
        } else if (shown instanceof byte[] bytes) {
            tag(Tag.BYTES);
            bytes(bytes);
        } else if (shown instanceof BigInteger || shown instanceof JsonNode) {
            tagged(Tag.JSON, shown.toString());
        } else {
            throw new IllegalArgumentException("Not a value of a row: " + shown.getClass());
        }
    }

    byte[] end() {
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    private ByteBuffer tag(Tag tag) {
        return buffer.put((byte) tag.ordinal());
    }

    private void tagged(Tag tag, String text) {
        room(1);
        tag(tag);
        bytes(text);
    }

    private void bytes(String text) {
        bytes(text.getBytes(UTF_8));
    }

    private void bytes(byte[] bytes) {
        room(Integer.BYTES + bytes.length).putInt(bytes.length).put(bytes);
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(2 * buffer.capacity(), buffer.position() + bytes));
            buffer = larger.put(buffer.flip());
        }
        return buffer;
    }

    /** A value without its quotes. */
    static String text(Object shown) {
        return shown instanceof byte[] bytes ? Base64.getEncoder().encodeToString(bytes) : shown.toString();
    }

    /** The row as a user reads it; null for null. */
    public static String json(byte[] image) {
        if (image == null) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(image);
        String[] names = new String[in.getInt()];
        for (int i = 0; i < names.length; i++) {
            names[i] = new String(bytes(in), UTF_8);
        }
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < names.length; i++) {
            quote(names[i], json.append(i == 0 ? "" : ",")).append(':');
            append(in, json);
        }
        return json.append('}').toString();
    }

    private static void append(ByteBuffer in, StringBuilder json) {
        switch (Tag.ALL[in.get()]) {
            case NULL -> json.append("null");
            case FALSE -> json.append(false);
            case TRUE -> json.append(true);
            case INT -> json.append(in.getInt());
            case LONG -> json.append(in.getLong());
            case FLOAT -> {
                float number = in.getFloat();
                number(number, Float.isFinite(number), json);
            }
            case DOUBLE -> {
                double number = in.getDouble();
                number(number, Double.isFinite(number), json);
            }
            case DAY -> quote(LocalDate.ofEpochDay(in.getLong()).toString(), json);
            case INSTANT ->
                quote(Instant.ofEpochSecond(in.getLong(), in.getInt()).toString(), json);
            case TEXT -> quote(new String(bytes(in), UTF_8), json);
            case BYTES -> quote(text(bytes(in)), json);
            case JSON -> json.append(new String(bytes(in), UTF_8));
        }
    }

    /** JSON has no number that is not finite. */
    private static void number(Number number, boolean isFinite, StringBuilder json) {
        if (isFinite) {
            json.append(number);
        } else {
            quote(number.toString(), json);
        }
    }

    private static byte[] bytes(ByteBuffer in) {
        byte[] bytes = new byte[in.getInt()];
        in.get(bytes);
        return bytes;
    }

    private static StringBuilder quote(String text, StringBuilder json) {
        json.append('"');
        JsonStringEncoder.getInstance().quoteAsString(text, json);
        return json.append('"');
    }
}
