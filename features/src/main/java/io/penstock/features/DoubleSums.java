package io.penstock.features;

import static org.apache.spark.sql.functions.udaf;
import static org.apache.spark.sql.functions.udf;

import java.io.Serializable;
import java.math.MathContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.expressions.Aggregator;
import org.apache.spark.sql.types.DataTypes;

/** {@link ExactSum} in Spark: as an aggregate, also over a window, and what becomes of its bytes. */
final class DoubleSums {
    private static final int TOLD_DIGITS = 17;

    private DoubleSums() {}

    /** Of finite doubles their sum as bytes; NULL adds nothing. */
    static Column ofDoubles(Column values) {
        return udaf(new OfDoubles(), Encoders.DOUBLE()).apply(values);
    }

    /** Of sums as bytes their sum as bytes. */
    static Column ofSums(Column sums) {
        return udaf(new OfSums(), Encoders.BINARY()).apply(sums);
    }

    /** The sum divided by a count, rounded once; NULL where no double holds it. */
    static Column over(Column sum, Column count) {
        return udf(new Over(), DataTypes.DoubleType).apply(sum, count);
    }

    /** All digits of the sum, as text. */
    static Column exact(Column sum) {
        return udf(new Exact(), DataTypes.StringType).apply(sum);
    }

    /** The sum as one says it. */
    static Column told(Column sum) {
        return udf(new Told(), DataTypes.StringType).apply(sum);
    }

    private abstract static class Sums<T> extends Aggregator<T, ExactSum, byte[]> {
        private static final long serialVersionUID = 1L;

        @Override
        public ExactSum zero() {
            return new ExactSum();
        }

        @Override
        public ExactSum merge(ExactSum one, ExactSum other) {
            return one.merge(other);
        }

        @Override
        public byte[] finish(ExactSum sum) {
            return sum.toBytes();
        }

        @Override
        public Encoder<ExactSum> bufferEncoder() {
            return Encoders.kryo(ExactSum.class);
        }

        @Override
        public Encoder<byte[]> outputEncoder() {
            return Encoders.BINARY();
        }
    }

    private static final class OfDoubles extends Sums<Double> {
        private static final long serialVersionUID = 1L;

        @Override
        public ExactSum reduce(ExactSum sum, Double value) {
            return value == null ? sum : sum.add(value);
        }
    }

    private static final class OfSums extends Sums<byte[]> {
        private static final long serialVersionUID = 1L;

        @Override
        public ExactSum reduce(ExactSum sum, byte[] part) {
            return part == null || part.length == 0 ? sum : sum.merge(ExactSum.ofBytes(part));
        }
    }

    private record Over() implements UDF2<byte[], Long, Double>, Serializable {
        @Override
        public Double call(byte[] sum, Long count) {
            double quotient = ExactSum.ofBytes(sum).over(count);
            return Double.isInfinite(quotient) ? null : (Double) quotient;
        }
    }

    private record Exact() implements UDF1<byte[], String>, Serializable {
        @Override
        public String call(byte[] sum) {
            return sum == null ? null : ExactSum.ofBytes(sum).exact().toString();
        }
    }

    private record Told() implements UDF1<byte[], String>, Serializable {
        @Override
        public String call(byte[] sum) {
            return ExactSum.ofBytes(sum)
                    .exact()
                    .round(new MathContext(TOLD_DIGITS))
                    .toString();
        }
    }
}
