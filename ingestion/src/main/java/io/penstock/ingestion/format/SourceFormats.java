package io.penstock.ingestion.format;

import io.penstock.core.config.PipelineConfig;
import java.util.Map;
import java.util.function.Function;

/** The formats that sources may have, each with its class. */
public final class SourceFormats {
    private static final Map<PipelineConfig.Format, Function<PipelineConfig.Source, SourceFormat>> ALL = Map.of(
            PipelineConfig.Format.CSV, CsvFormat::new,
            PipelineConfig.Format.JSON, JsonFormat::new,
            PipelineConfig.Format.PARQUET, ParquetFormat::new,
            PipelineConfig.Format.DELTA, DeltaFormat::new);

    private SourceFormats() {}

    public static SourceFormat of(PipelineConfig.Source source) {
        return ALL.get(source.format()).apply(source);
    }
}
