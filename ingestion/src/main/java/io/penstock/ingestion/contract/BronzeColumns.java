package io.penstock.ingestion.contract;

import java.util.List;

/** Columns that every bronze table has, after those that its source declares and derives. */
public final class BronzeColumns {
    public static final List<String> SYSTEM =
            List.of("_op", "_sequence", "_event_time", "_known_at", "_row_id", "_file_id", "_position", "unit");

    private BronzeColumns() {}
}
