package io.penstock.ingestion.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.SourceSpec.Format;
import io.penstock.ingestion.testing.Sources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SourceFormatsTest {
    @ParameterizedTest
    @EnumSource(Format.class)
    void everyFormatThatCanBeDeclaredHasAClassOfItsOwn(Format format) {
        SourceFormat made = SourceFormats.of(Sources.at("things/landed={landed}/*", format, Sources.ID));

        assertThat(made.getClass().getSimpleName()).isEqualToIgnoringCase(format + "Format");
    }
}
