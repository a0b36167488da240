package io.penstock.ingestion.format;

import io.penstock.core.config.SourceSpec;
import java.util.Map;
import java.util.function.Function;

/** The formats that sources may have, each with its class. */
public final class SourceFormats {
    private static final Map<SourceSpec.Format, Function<SourceSpec, SourceFormat>> ALL = Map.of(
            SourceSpec.Format.CSV, CsvFormat::new,
            SourceSpec.Format.JSON, JsonFormat::new,
            SourceSpec.Format.PARQUET, ParquetFormat::new,
            SourceSpec.Format.DELTA, DeltaFormat::new);

    private SourceFormats() {}

    public static SourceFormat of(SourceSpec source) {
        return ALL.get(source.format()).apply(source);
    }
}
