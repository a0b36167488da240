package io.penstock.core.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * @param path of a Delta table its location; else glob with {@code {landed}} in place of the landing stamp, and {@code
 *     {column}} where a folder's name holds that column's value
 * @param derive column → SQL over the declared columns, evaluated in order
 * @param eventTime a timestamp column or expression, or {@code landed}
 * @param knownAt {@code landed}, {@code ingest}, or an expression
 * @param sequence {@code landed} or an expression that orders versions of a key; empty = {@code landed}
 * @param deleteWhen condition under which a record of an upsert source withdraws its key; without one it does not
 *     appear in the source's meaning, so that units done before there was such a key stay done
 * @param current whether {@code bronze/<name>_current} holds the last version of each key
 * @param onOverwrite empty is {@link OnOverwrite#RESTATE}
 * @param maxRejectRate share of rejected records above which the unit is refused
 * @param layout how its files are written, where it is not the usual way
 * @param volume where any is not enough
 */
public record SourceSpec(
        String name,
        String path,
        Format format,
        Mode mode,
        List<String> key,
        Optional<String> sequence,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<String> deleteWhen,
        String eventTime,
        String knownAt,
        NewColumn onNewColumn,
        List<String> nullValues,
        boolean allowEmpty,
        double maxRejectRate,
        Map<String, ColumnSpec> columns,
        Map<String, String> derive,
        List<ExpectationSpec> expectations,
        String comment,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<LayoutSpec> layout,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<OnOverwrite> onOverwrite,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean current,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<VolumeSpec> volume) {
    /** Unless another is declared. */
    public static final double MAX_REJECT_RATE = 0.05;

    /** With what most sources leave out. */
    public SourceSpec(
            String name,
            String path,
            Format format,
            Mode mode,
            List<String> key,
            Optional<String> sequence,
            Optional<String> deleteWhen,
            String eventTime,
            String knownAt,
            NewColumn onNewColumn,
            List<String> nullValues,
            boolean allowEmpty,
            double maxRejectRate,
            Map<String, ColumnSpec> columns,
            Map<String, String> derive,
            List<ExpectationSpec> expectations,
            String comment) {
        this(
                name,
                path,
                format,
                mode,
                key,
                sequence,
                deleteWhen,
                eventTime,
                knownAt,
                onNewColumn,
                nullValues,
                allowEmpty,
                maxRejectRate,
                columns,
                derive,
                expectations,
                comment,
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty());
    }

    /** Whether the versions of a key order by when they landed, and by nothing that they say. */
    public boolean isOrderedByLanding() {
        return sequence.filter(by -> !by.equals("landed")).isEmpty();
    }

    /** The bound on keys that are withdrawn because they are missing. */
    public VolumeSpec.MaxWithdrawals maxWithdrawals() {
        return volume.flatMap(VolumeSpec::maxWithdrawals).orElse(VolumeSpec.MaxWithdrawals.USUAL);
    }

    public SourceSpec with(LayoutSpec other) {
        return with(
                path,
                allowEmpty,
                maxRejectRate,
                columns,
                comment,
                Optional.of(other).filter(given -> !given.equals(LayoutSpec.USUAL)),
                onOverwrite,
                current,
                volume);
    }

    public SourceSpec with(VolumeSpec other) {
        return with(
                path,
                allowEmpty,
                maxRejectRate,
                columns,
                comment,
                layout,
                onOverwrite,
                current,
                Optional.of(other).filter(given -> !given.equals(VolumeSpec.ANY)));
    }

    public SourceSpec with(OnOverwrite policy, boolean keepsCurrent) {
        return with(
                path,
                allowEmpty,
                maxRejectRate,
                columns,
                comment,
                layout,
                Optional.of(policy).filter(given -> given != OnOverwrite.RESTATE),
                keepsCurrent,
                volume);
    }

    /**
     * What decides its rows: the source without its comments, without the limits that let a unit pass or not, and without
     * the place where its files land, unless that fills columns.
     */
    public SourceSpec meaning() {
        Map<String, ColumnSpec> bare = new LinkedHashMap<>();
        columns.forEach((column, spec) -> bare.put(column, spec.withoutComment()));
        boolean fillsColumns = path.replace(Paths.LANDED, "").indexOf('{') >= 0;
        return with(
                fillsColumns ? path : "",
                allowEmpty,
                MAX_REJECT_RATE,
                bare,
                "",
                layout,
                Optional.empty(),
                false,
                Optional.empty());
    }

    /** The same, with its files at another place. */
    public SourceSpec landing(String other) {
        return with(other, true, maxRejectRate, columns, comment, layout, onOverwrite, current, volume);
    }

    /** The same with one more column, the first. */
    public SourceSpec with(ColumnSpec column) {
        Map<String, ColumnSpec> all = new LinkedHashMap<>();
        all.put(column.name(), column);
        all.putAll(columns);
        return with(path, allowEmpty, maxRejectRate, all, comment, layout, onOverwrite, current, volume);
    }

    private SourceSpec with(
            String otherPath,
            boolean mayBeEmpty,
            double otherRate,
            Map<String, ColumnSpec> otherColumns,
            String otherComment,
            Optional<LayoutSpec> otherLayout,
            Optional<OnOverwrite> policy,
            boolean keepsCurrent,
            Optional<VolumeSpec> otherVolume) {
        return new SourceSpec(
                name,
                otherPath,
                format,
                mode,
                key,
                sequence,
                deleteWhen,
                eventTime,
                knownAt,
                onNewColumn,
                nullValues,
                mayBeEmpty,
                otherRate,
                otherColumns,
                derive,
                expectations,
                otherComment,
                otherLayout,
                policy,
                keepsCurrent,
                otherVolume);
    }

    /**
     * The declared columns that key, sequence and known-at are made of, directly or through derived ones: what names a
     * version of a record, even if it says nothing else. Parses SQL.
     */
    public Set<String> naming() {
        Set<String> named = new LinkedHashSet<>();
        key.forEach(column -> name(column, named));
        sequence.ifPresent(sql -> SqlTree.columns(sql).forEach(column -> name(column, named)));
        SqlTree.columns(knownAt).forEach(column -> name(column, named));
        named.retainAll(columns.keySet());
        return named;
    }

    private void name(String column, Set<String> named) {
        if (named.add(column) && derive.containsKey(column)) {
            SqlTree.columns(derive.get(column)).forEach(part -> name(part, named));
        }
    }

    public enum Format {
        CSV,
        JSON,
        PARQUET,
        /** The data files of a Delta table, by the versions that brought them. */
        DELTA;

        public boolean isText() {
            return this == CSV || this == JSON;
        }
    }

    public enum Mode {
        APPEND,
        UPSERT,
        SNAPSHOT
    }

    /** What is done with a landed file that was overwritten after a unit took it. */
    public enum OnOverwrite {
        /** The next unit takes what differs; what was known before stays known as of then. */
        RESTATE,
        /** It is told, and what was taken stays. */
        NOTE,
        /** Nothing more is ingested until the file is what it was. */
        REFUSE
    }

    public enum NewColumn {
        EVOLVE,
        IGNORE,
        REJECT
    }
}
