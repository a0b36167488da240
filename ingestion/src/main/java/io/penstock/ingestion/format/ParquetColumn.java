package io.penstock.ingestion.format;

import io.penstock.ingestion.contract.Values;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.parquet.example.data.simple.NanoTime;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.EnumLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.JsonLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/**
 * What the type of a Parquet column means. A <i>stored</i> value is a Boolean, Integer, Long, Float or Double, the String of
 * a text, or the Binary of what is none; it becomes a value of a declared column without being rounded or cut, and is shown
 * as a user would read it.
 */
final class ParquetColumn {
    private static final long MICROS_PER_DAY = 86_400_000_000L;
    private static final long JULIAN_EPOCH_DAY = 2_440_588;

    private ParquetColumn() {}

    /** Whether it holds at most one value a row, and that one is no structure. */
    static boolean isFlat(Type type) {
        return type.isPrimitive() && !type.isRepetition(Type.Repetition.REPEATED);
    }

    /** The type to declare for a column: {@code decimal} for one that is declared as text, empty for what has none, as a list. */
    static String declared(Type type) {
        if (isFlat(type) && type.getLogicalTypeAnnotation() instanceof DecimalLogicalTypeAnnotation) {
            return "decimal";
        }
        boolean isInt = type.isPrimitive() && type.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.INT32;
        return Stream.of(
                        Values.Kind.BOOLEAN,
                        Values.Kind.DATE,
                        isInt ? Values.Kind.INT : Values.Kind.LONG,
                        Values.Kind.DOUBLE,
                        Values.Kind.TIMESTAMP,
                        Values.Kind.STRING)
                .filter(kind -> conversion(type, kind, false) != null)
                .findFirst()
                .map(kind -> kind.name().toLowerCase(Locale.ROOT))
                .orElse("");
    }

    /**
     * From a stored value to a text or a value as {@link Values} gives them; null where the types do not fit.
     *
     * @param isCount whether the column counts since 1970
     */
    static UnaryOperator<Object> conversion(Type type, Values.Kind kind, boolean isCount) {
        if (!isFlat(type)) {
            return null;
        }
        PrimitiveTypeName physical = type.asPrimitiveType().getPrimitiveTypeName();
        LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
        boolean isWhole = logical == null || logical instanceof IntLogicalTypeAnnotation whole && fitsSigned(whole);
        return switch (kind) {
            case STRING -> text(type.asPrimitiveType());
            case INT, LONG -> isWhole ? whole(physical, kind) : unsigned(physical, logical, kind);
            case DOUBLE -> isWhole ? decimal(physical) : null;
            case BOOLEAN -> physical == PrimitiveTypeName.BOOLEAN ? UnaryOperator.identity() : null;
            case DATE -> logical instanceof DateLogicalTypeAnnotation ? UnaryOperator.identity() : null;
            default -> isCount && isWhole ? whole(physical, Values.Kind.LONG) : moment(physical, logical);
        };
    }

    /**
     * From a stored value to a Boolean, a number, a text, the bytes of what has no better form, JSON of what is not flat, or a
     * day or an instant, which are shown as they print.
     */
    static UnaryOperator<Object> shown(Type type) {
        return isFlat(type) ? shown(type.asPrimitiveType()) : stored -> ((ParquetRows.Nested) stored).json(type);
    }

    static UnaryOperator<Object> shown(PrimitiveType type) {
        LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
        if (logical instanceof TimestampLogicalTypeAnnotation timestamp) {
            TimeUnit unit = timestamp.getUnit();
            return timestamp.isAdjustedToUTC()
                    ? stored -> instant(micros((Long) stored, unit))
                    : stored -> instant(micros((Long) stored, unit)).toString().replace("Z", "");
        }
        if (logical instanceof DateLogicalTypeAnnotation) {
            return stored -> LocalDate.ofEpochDay((Integer) stored);
        }
        if (logical instanceof DecimalLogicalTypeAnnotation decimal) {
            return stored -> digits(stored, decimal.getScale());
        }
        if (type.getPrimitiveTypeName() == PrimitiveTypeName.INT96) {
            return stored -> instant(int96((Binary) stored));
        }
        if (logical instanceof IntLogicalTypeAnnotation whole && !fitsSigned(whole)) {
            return ParquetColumn::unsigned;
        }
        return stored -> stored instanceof Binary bytes ? bytes.getBytes() : stored;
    }

    private static Object unsigned(Object stored) {
        return stored instanceof Integer small
                ? (Object) Integer.toUnsignedLong(small)
                : new BigInteger(Long.toUnsignedString((Long) stored));
    }

    static boolean isText(PrimitiveType type) {
        LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
        return type.getPrimitiveTypeName() == PrimitiveTypeName.BINARY
                && (logical instanceof StringLogicalTypeAnnotation
                        || logical instanceof EnumLogicalTypeAnnotation
                        || logical instanceof JsonLogicalTypeAnnotation);
    }

    /** A decimal is the text of its digits, for what it is a binary fraction would round. */
    private static UnaryOperator<Object> text(PrimitiveType type) {
        if (type.getLogicalTypeAnnotation() instanceof DecimalLogicalTypeAnnotation decimal) {
            return stored -> digits(stored, decimal.getScale());
        }
        return isText(type) ? UnaryOperator.identity() : null;
    }

    private static String digits(Object stored, int scale) {
        BigDecimal value = stored instanceof Binary bytes
                ? new BigDecimal(new BigInteger(bytes.getBytes()), scale)
                : BigDecimal.valueOf(((Number) stored).longValue(), scale);
        return value.toPlainString();
    }

    /** Unsigned numbers of 32 and 64 bits are stored as signed ones. */
    private static boolean fitsSigned(IntLogicalTypeAnnotation whole) {
        return whole.isSigned() || whole.getBitWidth() < Integer.SIZE;
    }

    /** A 64-bit number in a column of 32 bits is judged value by value. */
    private static UnaryOperator<Object> whole(PrimitiveTypeName physical, Values.Kind kind) {
        return switch (physical) {
            case INT32 -> kind == Values.Kind.INT ? UnaryOperator.identity() : stored -> (long) (Integer) stored;
            case INT64 -> UnaryOperator.identity();
            default -> null;
        };
    }

    /** Unsigned numbers of 32 bits fit 64; those of 64 bits fit none. */
    private static UnaryOperator<Object> unsigned(
            PrimitiveTypeName physical, LogicalTypeAnnotation logical, Values.Kind kind) {
        boolean fits = logical instanceof IntLogicalTypeAnnotation
                && physical == PrimitiveTypeName.INT32
                && kind == Values.Kind.LONG;
        return fits ? ParquetColumn::unsigned : null;
    }

    private static UnaryOperator<Object> decimal(PrimitiveTypeName physical) {
        return switch (physical) {
            case DOUBLE -> UnaryOperator.identity();
            case FLOAT, INT32 -> stored -> ((Number) stored).doubleValue();
            default -> null;
        };
    }

    /** An instant in microseconds; a local time as the text that it would be in a CSV file. */
    private static UnaryOperator<Object> moment(PrimitiveTypeName physical, LogicalTypeAnnotation logical) {
        if (physical == PrimitiveTypeName.INT96) {
            return stored -> int96((Binary) stored);
        }
        if (!(logical instanceof TimestampLogicalTypeAnnotation timestamp)) {
            return null;
        }
        TimeUnit unit = timestamp.getUnit();
        return timestamp.isAdjustedToUTC()
                ? stored -> micros((Long) stored, unit)
                : stored -> instant(micros((Long) stored, unit))
                        .toString()
                        .replace("T", " ")
                        .replace("Z", "");
    }

    private static long micros(long value, TimeUnit unit) {
        return switch (unit) {
            case MILLIS -> Math.multiplyExact(value, 1_000L);
            case MICROS -> value;
            default -> Math.floorDiv(value, 1_000L);
        };
    }

    private static long int96(Binary bytes) {
        NanoTime time = NanoTime.fromBinary(bytes);
        return (time.getJulianDay() - JULIAN_EPOCH_DAY) * MICROS_PER_DAY
                + Math.floorDiv(time.getTimeOfDayNanos(), 1_000L);
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
