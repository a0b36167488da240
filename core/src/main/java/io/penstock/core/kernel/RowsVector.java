package io.penstock.core.kernel;

import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.types.DataType;
import java.util.List;

/** One column of rows held in memory, as Kernel wants to see it. A missing value is null. */
record RowsVector(DataType type, List<Object> values) implements ColumnVector {
    @Override
    public DataType getDataType() {
        return type;
    }

    @Override
    public int getSize() {
        return values.size();
    }

    @Override
    public void close() {}

    @Override
    public boolean isNullAt(int row) {
        return values.get(row) == null;
    }

    @Override
    public int getInt(int row) {
        return ((Number) values.get(row)).intValue();
    }

    @Override
    public long getLong(int row) {
        return ((Number) values.get(row)).longValue();
    }

    @Override
    public double getDouble(int row) {
        return ((Number) values.get(row)).doubleValue();
    }

    @Override
    public String getString(int row) {
        return values.get(row).toString();
    }
}
