package io.penstock.ingestion.format;

import static io.penstock.ingestion.testing.Sources.column;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.SourceSpec.Format;
import io.penstock.core.config.SourceSpec.Mode;
import io.penstock.core.config.SourceSpec.NewColumn;
import io.penstock.ingestion.format.ParsedFile.Rec;
import io.penstock.ingestion.testing.Sources;
import org.junit.jupiter.api.Test;

class TextFormatTest {
    private static final TextFormat PARSER = (TextFormat) SourceFormats.of(
            Sources.of(column("id", "int").required(), column("name", "string").spec()));
    private static final TextFormat JSON =
            (TextFormat) SourceFormats.of(Sources.orders(Format.JSON, Mode.APPEND, NewColumn.EVOLVE, "landed"));

    @Test
    void zerosThatACrashLeftAreNotUtf16() {
        assertThat(code(PARSER.parse("a.csv", new byte[512]))).isEqualTo("PEN-ING-009");
    }

    @Test
    void jsonLinesWithNestedAndNewFields() {
        Rec rec =
                json("{\"id\": 7, \"at\": \"2013-12-25T06:00:00Z\", \"city\": null, \"price\": 1.50, \"tags\": [1, 2]}")
                        .records()
                        .get(0);

        assertThat(rec.values()).containsExactly(7, 1387951200000000L, null, 1.5);
        assertThat(rec.extra()).containsEntry("tags", "[1,2]");
    }

    private static ParsedFile json(String text) {
        return JSON.parse("a.json", text.getBytes(UTF_8));
    }

    private static String code(ParsedFile parsed) {
        return parsed.reject() == null ? "" : parsed.reject().code();
    }
}
