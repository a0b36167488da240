package io.penstock.ingestion.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.core.ErrorCode;
import io.penstock.core.Json;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.contract.Characters;
import io.penstock.ingestion.contract.Reject;
import io.penstock.ingestion.format.ParsedFile.Rec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One JSON object a line. */
public final class JsonFormat extends TextFormat {
    private static final long serialVersionUID = 1L;
    private static final int DEEPEST = 100;

    JsonFormat(SourceSpec source) {
        super(source);
    }

    @Override
    ParsedFile records(Origin origin) {
        return json(1, 1, origin);
    }

    @Override
    ParsedFile records(Origin origin, SplitPlan.Whole whole, FileSplit split) {
        return json(split.position(), split.line(), origin);
    }

    @Override
    RecordEnds ends(boolean isWide) {
        return RecordEnds.ofLines(isWide);
    }

    @Override
    public Optional<String> recordsEnding() {
        return Optional.of(".json");
    }

    @Override
    public String repairLine(String replaces, String link, Map<String, String> inFolders, String raw) {
        String bare = raw.strip();
        Map<String, Object> first = new LinkedHashMap<>();
        first.put(replaces, link);
        inFolders.forEach((column, value) -> {
            if (!keys(bare).contains(column)) {
                first.put(column, value.isEmpty() ? null : value);
            }
        });
        String json = Json.canonical(first);
        String named = json.substring(0, json.length() - 1);
        return bare.startsWith("{") && !bare.equals("{}") ? named + "," + bare.substring(1) : named + "} " + raw;
    }

    /** Of a JSON record; none where it is no object. */
    private static Set<String> keys(String json) {
        try {
            return Json.readMap(json).keySet();
        } catch (RuntimeException broken) {
            return Set.of();
        }
    }

    /**
     * @param first position of the first record
     * @param from line with which the text begins
     */
    private ParsedFile json(long first, long from, Origin origin) {
        JsonFactory factory = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
                .build();
        ObjectMapper mapper = new ObjectMapper(factory);
        List<Rec> records = new ArrayList<>();
        Names names = new Names();
        long line = from - 1;
        for (String raw : (Iterable<String>) origin.file().text().lines()::iterator) {
            line++;
            if (raw.isBlank()) {
                continue;
            }
            String bare = raw.strip();
            long position = first + records.size();
            if (position == 1 && (bare.startsWith("[") || bare.equals("{"))) {
                return ParsedFile.rejected(
                        ErrorCode.NOT_JSON_LINES.code(),
                        "json-lines",
                        "The file is a JSON array or pretty-printed; land one JSON object per line");
            }
            if (raw.length() > maxRecord) {
                records.add(tooLong(position, line, raw));
                continue;
            }
            records.add(object(factory, mapper, position, line, raw, names, origin));
        }
        return new ParsedFile(records, List.copyOf(names.fresh), List.copyOf(names.met), null);
    }

    private Rec object(
            JsonFactory factory,
            ObjectMapper mapper,
            long position,
            long line,
            String raw,
            Names names,
            Origin origin) {
        String[] texts = new String[columns.size()];
        origin.inPath().forEach((column, value) -> texts[column] = value);
        Map<String, String> extra = Map.of();
        try (JsonParser parser = factory.createParser(raw)) {
            parser.setCodec(mapper);
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return rejected(position, line, raw, null, "033", "json-lines", "Not a JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.getCurrentName();
                JsonToken token = parser.nextToken();
                String text = token == JsonToken.VALUE_NULL
                        ? null
                        : token.isStructStart() ? parser.readValueAsTree().toString() : parser.getText();
                Integer column = columns.position(name);
                if (column != null) {
                    names.meet(name, column);
                    texts[column] = text;
                    continue;
                }
                names.fresh.add(name);
                if (isKeeping && text != null) {
                    extra = extra.isEmpty() ? new LinkedHashMap<>() : extra;
                    extra.put(name, text);
                }
            }
            if (parser.nextToken() != null) {
                return rejected(position, line, raw, null, "033", "json-lines", "More than one JSON value on the line");
            }
        } catch (JsonProcessingException e) {
            boolean isTwice = String.valueOf(e.getOriginalMessage()).startsWith("Duplicate field");
            return rejected(
                    position,
                    line,
                    raw,
                    null,
                    isTwice ? "031" : "004",
                    isTwice ? "unique-keys" : "json",
                    isTwice ? e.getOriginalMessage() : "Not valid JSON: " + Reject.shown(e.getOriginalMessage()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Reject hidden = raw.indexOf('\\') < 0 ? null : hidden(factory, raw);
        return hidden == null
                ? checked(position, line, raw, texts, extra, null, origin)
                : rejected(position, line, raw, null, hidden);
    }

    /** Why a record is kept out that spells a character by an escape which it may not hold, in a name or a value. */
    private Reject hidden(JsonFactory factory, String raw) {
        try (JsonParser parser = factory.createParser(raw)) {
            String column = "The record";
            int depth = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                boolean isName = token == JsonToken.FIELD_NAME;
                if (!isName && token != JsonToken.VALUE_STRING) {
                    continue;
                }
                String text = parser.getText();
                if (isName && depth == 1) {
                    Integer position = columns.position(text);
                    column = position == null ? "The record" : columns.name(position);
                }
                int strange = Characters.strange(text);
                if (strange >= 0) {
                    return new Reject(
                            ErrorCode.FORBIDDEN_CHARACTER.code(),
                            "plain-characters",
                            character(isName ? "A name in the record" : column, text, strange));
                }
            }
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The names that the objects of one file use. */
    private final class Names {
        private final Set<String> fresh = new LinkedHashSet<>();
        private final Set<String> met = new LinkedHashSet<>();
        private final String[] last = new String[columns.size()];

        void meet(String name, int column) {
            if (!name.equals(last[column])) {
                last[column] = name;
                met.add(name);
            }
        }
    }
}
