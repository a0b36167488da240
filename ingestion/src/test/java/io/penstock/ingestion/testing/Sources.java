package io.penstock.ingestion.testing;

import io.penstock.core.config.ColumnSpec;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.Format;
import io.penstock.core.config.SourceSpec.Mode;
import io.penstock.core.config.SourceSpec.NewColumn;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Sources to test with. */
public final class Sources {
    public static final ColumnSpec ID = column("id", "int").required();
    public static final ColumnSpec AT = column("at", "timestamp").required();
    public static final ColumnSpec CITY = column("city", "string").spec();
    static final ColumnSpec PRICE = column("price", "double").between(0, 100);

    private Sources() {}

    /** {@code id int, at timestamp, city string, price double}, keyed by id. */
    public static SourceSpec orders(Mode mode) {
        return orders(Format.CSV, mode, NewColumn.EVOLVE, "landed");
    }

    public static SourceSpec orders(Format format, Mode mode, NewColumn newColumn, String knownAt) {
        Map<String, ColumnSpec> columns = columns(ID, AT, CITY, PRICE);
        Map<String, String> derive = new LinkedHashMap<>();
        derive.put("order_id", "concat_ws('-', city, id)");
        return new SourceSpec(
                "orders",
                "orders/landed={landed}/*." + (format == Format.CSV ? "csv*" : "json"),
                format,
                mode,
                List.of("order_id"),
                Optional.empty(),
                Optional.empty(),
                "at",
                knownAt,
                newColumn,
                List.of("", "NA"),
                false,
                0.2,
                columns,
                derive,
                List.of(),
                "");
    }

    /** {@code id int, seq int, at timestamp, city string} required, {@code price double, status string}, keyed by id. */
    public static SourceSpec withdrawing(Format format, String deleteWhen) {
        return withdrawing(format, Mode.UPSERT, Optional.of("lpad(seq, 3, '0')"), Optional.of(deleteWhen));
    }

    /** The same of any mode, with another sequence or none. */
    public static SourceSpec withdrawing(
            Format format, Mode mode, Optional<String> sequence, Optional<String> deleteWhen) {
        return new SourceSpec(
                "orders",
                "orders/landed={landed}/*." + (format == Format.CSV ? "csv" : "json"),
                format,
                mode,
                List.of("id"),
                sequence,
                deleteWhen,
                "at",
                "landed",
                NewColumn.EVOLVE,
                List.of("", "NA"),
                false,
                1,
                columns(
                        ID,
                        column("seq", "int").required(),
                        AT,
                        column("city", "string").required(),
                        PRICE,
                        column("status", "string").spec()),
                Map.of("gone", "status = 'gone'"),
                List.of(),
                "");
    }

    public static SourceSpec of(ColumnSpec... columns) {
        return of(NewColumn.IGNORE, columns);
    }

    public static SourceSpec of(NewColumn newColumn, ColumnSpec... columns) {
        return of(Format.CSV, newColumn, columns);
    }

    public static SourceSpec of(Format format, NewColumn newColumn, ColumnSpec... columns) {
        return of("things/landed={landed}/*", format, newColumn, columns);
    }

    public static SourceSpec at(String path, Format format, ColumnSpec... columns) {
        return of(path, format, NewColumn.IGNORE, columns);
    }

    private static SourceSpec of(String path, Format format, NewColumn newColumn, ColumnSpec... columns) {
        return new SourceSpec(
                "things",
                path,
                format,
                Mode.APPEND,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                "landed",
                "landed",
                newColumn,
                List.of("", "NA"),
                true,
                1,
                columns(columns),
                Map.of(),
                List.of(),
                "");
    }

    public static Builder column(String name, String type) {
        return new Builder(name, type);
    }

    private static Map<String, ColumnSpec> columns(ColumnSpec... columns) {
        Map<String, ColumnSpec> map = new LinkedHashMap<>();
        Arrays.stream(columns).forEach(column -> map.put(column.name(), column));
        return map;
    }

    public record Builder(String name, String type) {
        public ColumnSpec spec() {
            return spec(false, List.of(), List.of(), null, OptionalInt.empty());
        }

        public ColumnSpec required() {
            return spec(true, List.of(), List.of(), null, OptionalInt.empty());
        }

        public ColumnSpec between(double low, double high) {
            return spec(false, List.of(low, high), List.of(), null, OptionalInt.empty());
        }

        public ColumnSpec allowed(String... values) {
            return spec(false, List.of(), List.of(values), null, OptionalInt.empty());
        }

        public ColumnSpec pattern(String pattern) {
            return spec(false, List.of(), List.of(), pattern, OptionalInt.empty());
        }

        public ColumnSpec maxLength(int length) {
            return spec(false, List.of(), List.of(), null, OptionalInt.of(length));
        }

        private ColumnSpec spec(
                boolean isRequired, List<Double> between, List<String> allowed, String pattern, OptionalInt length) {
            return new ColumnSpec(name, type, isRequired, between, allowed, Optional.ofNullable(pattern), length, "");
        }
    }
}
