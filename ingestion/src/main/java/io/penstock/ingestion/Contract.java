package io.penstock.ingestion;

import io.penstock.core.config.PipelineConfig;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a source promises of each of its columns, checked record by record. Pure: no Spark, no clock, no file. The first
 * broken rule in the order of the columns is the reason of a record.
 *
 * <p>A withdrawal says that a key is gone, and often little else. Where a source knows withdrawals, a required column may be
 * empty in one, unless key, sequence or known-at are made of it; whether the record is one is found out later. What is
 * there must be sound in any case.
 */
final class Contract implements Serializable {
    private static final long serialVersionUID = 1L;
    /** Longest value of a column that declares no length of its own. */
    static final int LONGEST = 1 << 20;

    private final List<Rule> rules;
    private final Set<String> nulls;

    /** What the texts of a record became: one value per column, or a reject; both when it may only be a withdrawal. */
    record Checked(Object[] values, Reject reject) {}

    private record Rule(
            String name,
            Values.Kind kind,
            boolean isRequired,
            boolean mayLackWithdrawn,
            double low,
            double high,
            Set<String> allowed,
            String allowedShown,
            Pattern pattern,
            int maxLength)
            implements Serializable {}

    private Contract(List<Rule> rules, Set<String> nulls) {
        this.rules = rules;
        this.nulls = nulls;
    }

    static Contract of(PipelineConfig.Source source) {
        List<Rule> rules = new ArrayList<>();
        Set<String> always = source.deleteWhen().isPresent()
                ? source.naming()
                : source.columns().keySet();
        for (PipelineConfig.ColumnSpec column : source.columns().values()) {
            boolean isBetween = column.between().size() == 2;
            rules.add(new Rule(
                    column.name(),
                    Values.Kind.of(column.type()),
                    column.required(),
                    !always.contains(column.name()),
                    isBetween ? column.between().get(0) : Double.NEGATIVE_INFINITY,
                    isBetween ? column.between().get(1) : Double.POSITIVE_INFINITY,
                    new HashSet<>(column.allowed()),
                    String.join(", ", column.allowed()),
                    column.pattern().map(Pattern::compile).orElse(null),
                    column.maxLength().orElse(LONGEST)));
        }
        return new Contract(rules, new HashSet<>(source.nullValues()));
    }

    List<String> columns() {
        return rules.stream().map(Rule::name).toList();
    }

    /** @param texts one per column; null where the record has none */
    Checked check(String[] texts) {
        Object[] values = new Object[rules.size()];
        Checked lacking = null;
        for (int i = 0; i < values.length; i++) {
            Rule rule = rules.get(i);
            String text = texts[i];
            if (isNull(rule, text)) {
                if (rule.isRequired()) {
                    Checked missing = rejected(
                            "032", "required(" + rule.name() + ")", rule.name() + " is missing, it is required");
                    if (!rule.mayLackWithdrawn()) {
                        return missing;
                    }
                    lacking = lacking == null ? missing : lacking;
                }
                continue;
            }
            Values.Read read = Values.read(rule.kind(), text);
            if (read.value() == null) {
                return rejected(
                        read.code(),
                        rule.kind().name().toLowerCase(Locale.ROOT) + "(" + rule.name() + ")",
                        rule.name() + " is " + Reject.shown(text) + ", " + read.expected());
            }
            Checked broken = broken(rule, text, read.value());
            if (broken != null) {
                return broken;
            }
            values[i] = read.value();
        }
        return new Checked(values, lacking == null ? null : lacking.reject());
    }

    private boolean isNull(Rule rule, String text) {
        if (text == null || nulls.contains(text)) {
            return true;
        }
        if (rule.kind() == Values.Kind.STRING) {
            return false;
        }
        String bare = text.strip();
        return bare.isEmpty() || nulls.contains(bare);
    }

    private static Checked broken(Rule rule, String text, Object value) {
        String name = rule.name();
        if (text.length() > rule.maxLength() && text.codePointCount(0, text.length()) > rule.maxLength()) {
            return rejected(
                    "029",
                    "max-length(" + name + ")",
                    name + " is " + Reject.shown(text) + ", " + text.codePointCount(0, text.length())
                            + " characters long (at most " + rule.maxLength() + ")");
        }
        if (value instanceof Number number
                && rule.kind().isNumber()
                && !(number.doubleValue() >= rule.low() && number.doubleValue() <= rule.high())) {
            return rejected(
                    "040",
                    "between(" + name + ")",
                    name + " is " + Reject.shown(text) + ", must be in [" + plain(rule.low()) + ", "
                            + plain(rule.high()) + "]");
        }
        if (!rule.allowed().isEmpty()
                && !rule.allowed().contains(text)
                && !rule.allowed().contains(String.valueOf(value))) {
            return rejected(
                    "041",
                    "allowed(" + name + ")",
                    name + " is " + Reject.shown(text) + ", must be one of " + rule.allowedShown());
        }
        if (rule.pattern() != null && !rule.pattern().matcher(text).matches()) {
            return rejected(
                    "042",
                    "pattern(" + name + ")",
                    name + " is " + Reject.shown(text) + ", must match "
                            + rule.pattern().pattern());
        }
        return null;
    }

    private static Checked rejected(String number, String rule, String reason) {
        return new Checked(null, new Reject("PEN-ROW-" + number, rule, reason));
    }

    private static String plain(double bound) {
        return Double.isInfinite(bound)
                ? String.valueOf(bound)
                : new BigDecimal(Double.toString(bound)).stripTrailingZeros().toPlainString();
    }
}
