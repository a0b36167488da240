package io.penstock.core.sql;

import static org.apache.spark.sql.functions.call_udf;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;

import io.penstock.core.UnitId;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** The column {@code unit} of data tables: a date, or text where units are shorter than a day. */
public final class UnitColumn {
    private UnitColumn() {}

    /** @param isDate {@link UnitId#isDate} of the pipeline's units */
    public static DataType type(boolean isDate) {
        return isDate ? DataTypes.DateType : DataTypes.StringType;
    }

    /** A unit as a literal to compare the column with. */
    public static Column literal(UnitId unit) {
        return lit(unit.cell());
    }

    /** The column of {@link UnitId#ordinal}s. */
    public static Column ofOrdinal(Column ordinal, boolean isDate) {
        return isDate
                ? call_udf("date_from_unix_date", ordinal)
                : udf((UDF1<Integer, String>) UnitColumn::text, DataTypes.StringType)
                        .apply(ordinal);
    }

    /** {@link UnitId#ordinal} of the column. */
    public static Column ordinal(Column unit, boolean isDate) {
        return isDate
                ? call_udf("unix_date", unit)
                : udf((UDF1<String, Integer>) UnitColumn::ordinal, DataTypes.IntegerType)
                        .apply(unit);
    }

    private static String text(Integer ordinal) {
        return ordinal == null ? null : UnitId.ofMinutes(ordinal).toString();
    }

    private static Integer ordinal(String text) {
        return text == null ? null : UnitId.parse(text).ordinal();
    }
}
