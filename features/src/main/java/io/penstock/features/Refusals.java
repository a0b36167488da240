package io.penstock.features;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.udf;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Verdict;
import io.penstock.core.config.ViewSpec;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF3;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.util.AccumulatorV2;

/**
 * The features that have no value which is right: told by the tasks that compute them, beside the tables, and known once
 * these are written. The rows themselves hold NULL and must not be committed. Of each feature and cut one case is kept, so a
 * task that runs twice says nothing new.
 */
final class Refusals {
    private final Told told = new Told();

    /** A feature at a cut, and why it has no value. */
    private record Case(int position, String table, String feature, String code)
            implements Comparable<Case>, Serializable {
        @Override
        public int compareTo(Case other) {
            return toString().compareTo(other.toString());
        }
    }

    /** The two ways in which a feature has no value. */
    enum Reason {
        TOTAL(ErrorCode.TOTAL_OVERFLOW.code(), "its total is "),
        VALUES(
                ErrorCode.FEATURE_NOT_FINITE.code(),
                "these of its values are NaN, infinite, or have too many digits before the point: ");

        private final String code;
        private final String why;

        Reason(String code, String why) {
            this.code = code;
            this.why = why;
        }
    }

    /** To be called before {@link #refused}. */
    void register(SparkSession spark) {
        if (!told.isRegistered()) {
            spark.sparkContext().register(told, "features without a value");
        }
    }

    /** NULL, and a note of it. */
    Column refused(ViewSpec view, String feature, Reason reason, Column what, DataType type) {
        Column entity = concat_ws(", ", ValidIntervals.columns(view.entity()));
        return udf(new Tell(told, "features/" + view.table(), feature, reason), type)
                .apply(col(Spine.POSITION), entity, what.cast("string"));
    }

    /** Position of the cut → the verdicts on what was asked there; complete once the tables are written. */
    Map<Integer, List<Verdict>> verdicts() {
        Map<Integer, List<Verdict>> verdicts = new TreeMap<>();
        told.value()
                .forEach((refused, why) -> verdicts.computeIfAbsent(refused.position(), at -> new ArrayList<>())
                        .add(new Verdict(
                                refused.table(),
                                "value(" + refused.feature() + ")",
                                Verdict.Outcome.FAILED,
                                Double.NaN,
                                refused.code() + " Cannot tell " + refused.feature() + " of " + why)));
        return verdicts;
    }

    /** The first of them as an error, for what is no unit's table. */
    Optional<PenstockException> error() {
        return told.value().entrySet().stream()
                .findFirst()
                .map(entry -> new PenstockException(
                        ErrorCode.of(entry.getKey().code()),
                        "Cannot tell " + entry.getKey().feature() + " of " + entry.getValue(),
                        entry.getKey().table(),
                        "Guard the expression, such as CASE WHEN x BETWEEN 0 AND 1e6 THEN x END"));
    }

    private record Tell(Told told, String table, String feature, Reason reason)
            implements UDF3<Integer, String, String, Object>, Serializable {
        @Override
        public Object call(Integer position, String entity, String what) {
            told.add(Map.of(new Case(position, table, feature, reason.code), entity + ": " + reason.why + what));
            return null;
        }
    }

    /** Case → the least text of those that were told of it. */
    private static final class Told extends AccumulatorV2<Map<Case, String>, Map<Case, String>> {
        private static final long serialVersionUID = 1L;

        private final TreeMap<Case, String> cases = new TreeMap<>();

        @Override
        public boolean isZero() {
            return cases.isEmpty();
        }

        @Override
        public AccumulatorV2<Map<Case, String>, Map<Case, String>> copy() {
            Told copy = new Told();
            copy.add(value());
            return copy;
        }

        @Override
        public void reset() {
            synchronized (cases) {
                cases.clear();
            }
        }

        @Override
        public void add(Map<Case, String> more) {
            synchronized (cases) {
                more.forEach((refused, why) ->
                        cases.merge(refused, why, (one, other) -> one.compareTo(other) <= 0 ? one : other));
            }
        }

        @Override
        public void merge(AccumulatorV2<Map<Case, String>, Map<Case, String>> other) {
            add(other.value());
        }

        @Override
        public Map<Case, String> value() {
            synchronized (cases) {
                return new TreeMap<>(cases);
            }
        }
    }
}
