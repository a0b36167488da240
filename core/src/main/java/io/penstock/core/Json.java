package io.penstock.core;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.FromStringDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/** Canonical JSON: keys sorted, instants and dates as ISO text, no time-zone or locale in sight. */
public final class Json {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .configure(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY, true)
            .configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true)
            // A record is its components: a question that it also answers is none, and would change its hash.
            .configure(MapperFeature.AUTO_DETECT_IS_GETTERS, false)
            .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
            .serializationInclusion(JsonInclude.Include.NON_NULL)
            .addModule(times())
            .addMixIn(Pin.class, PinKinds.class)
            .build();

    /** Of what verbs print; what is stored keeps the names of its records. */
    private static final ObjectMapper DOCUMENTS =
            ((JsonMapper) MAPPER.copy()).setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE);

    private Json() {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "pin")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Pin.FilePin.class, name = "file"),
        @JsonSubTypes.Type(value = Pin.TablePin.class, name = "table"),
        @JsonSubTypes.Type(value = Pin.ModelPin.class, name = "model")
    })
    private interface PinKinds {}

    public static String canonical(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("Cannot write as JSON: " + value.getClass(), e);
        }
    }

    /** What a verb prints with {@code --json}: as {@link #canonical}, with names of records in snake case. */
    public static String document(Object value) {
        try {
            return DOCUMENTS.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("Cannot write as JSON: " + value.getClass(), e);
        }
    }

    /** A text that is a JSON object or array as such, so that it need not stand in JSON as text; else the text. */
    public static Object unfolded(String text) {
        if (!text.startsWith("{") && !text.startsWith("[")) {
            return text;
        }
        try {
            return MAPPER.reader()
                    .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .readTree(text);
        } catch (JsonProcessingException e) {
            return text;
        }
    }

    public static String pretty(Object value) {
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("Cannot write as JSON: " + value.getClass(), e);
        }
    }

    public static <T> T read(String json, Class<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "Cannot read JSON as " + type.getSimpleName() + ": " + e.getOriginalMessage(), e);
        }
    }

    /**
     * One field of an object, empty when it has none, without making anything of the others; these must be JSON.
     *
     * @throws IllegalArgumentException if the text is no JSON object, or the field is not of that type
     */
    public static <T> Optional<T> readField(String json, String field, TypeReference<T> type) {
        try (JsonParser parser = MAPPER.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("Cannot read JSON as an object");
            }
            Optional<T> value = Optional.empty();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean isWanted = field.equals(parser.currentName());
                parser.nextToken();
                if (isWanted) {
                    value = Optional.ofNullable(MAPPER.readValue(parser, type));
                } else {
                    parser.skipChildren();
                }
            }
            return value;
        } catch (IOException e) {
            throw new IllegalArgumentException("Cannot read the JSON field " + field + ": " + e.getMessage(), e);
        }
    }

    public static Map<String, Object> readMap(String json) {
        try {
            return MAPPER.readValue(json, new TypeReference<Map<String, Object>>() {});
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("Cannot read JSON as an object: " + e.getOriginalMessage(), e);
        }
    }

    @SuppressWarnings("rawtypes")
    private static SimpleModule times() {
        SimpleModule module = new SimpleModule();
        text(module, Instant.class, Instant::parse);
        text(module, LocalDate.class, LocalDate::parse);
        text(module, UnitId.class, UnitId::parse);
        text(module, LocalTime.class, LocalTime::parse);
        text(module, Duration.class, Duration::parse);
        text(module, Stage.class, Stage::parse);
        module.addSerializer(ZoneId.class, ToStringSerializer.instance);
        module.addSerializer(
                Optional.class, new Unwrapped<>(Optional.class, optional -> ((Optional<?>) optional).orElse(null)));
        module.addSerializer(
                OptionalInt.class,
                new Unwrapped<>(
                        OptionalInt.class, optional -> optional.isPresent() ? (Object) optional.getAsInt() : null));
        return module;
    }

    /** An optional value as the value, or null. */
    private static final class Unwrapped<T> extends StdSerializer<T> {
        private static final long serialVersionUID = 1L;

        private final transient Function<T, Object> value;

        Unwrapped(Class<T> type, Function<T, Object> value) {
            super(type);
            this.value = value;
        }

        @Override
        public void serialize(T optional, JsonGenerator out, SerializerProvider provider) throws IOException {
            provider.defaultSerializeValue(value.apply(optional), out);
        }

        @Override
        public boolean isEmpty(SerializerProvider provider, T optional) {
            return value.apply(optional) == null;
        }
    }

    private static <T> void text(SimpleModule module, Class<T> type, Function<String, T> parse) {
        module.addSerializer(type, ToStringSerializer.instance);
        module.addDeserializer(type, new FromStringDeserializer<T>(type) {
            private static final long serialVersionUID = 1L;

            @Override
            @SuppressWarnings("unchecked")
            protected T _deserialize(String value, com.fasterxml.jackson.databind.DeserializationContext context) {
                return parse.apply(value);
            }
        });
    }
}
