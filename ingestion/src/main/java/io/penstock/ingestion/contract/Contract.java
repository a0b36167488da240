package io.penstock.ingestion.contract;

import io.penstock.core.config.ColumnSpec;
import io.penstock.core.config.LayoutSpec;
import io.penstock.core.config.SourceSpec;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a source declares of each of its columns, checked record by record. Pure: no Spark, no clock, no file. The first broken
 * rule, in the order of the columns, is the reason of a record.
 *
 * <p>A delete often has little but its key. If a source has deletes, a required column may be empty in one, unless key,
 * sequence or known-at are computed from it. Whether the record is a delete is found later. The values that it has must be
 * valid in any case.
 */
public final class Contract implements Serializable {
    private static final long serialVersionUID = 1L;
    /** Longest record, and longest value of a column that declares no length of its own, in characters. */
    public static final int LONGEST = 1 << 20;

    private final List<Rule> rules;
    private final Set<String> nulls;
    private final int longestNull;

    /** What the texts of a record became: one value per column, or a reject; both when it may only be a withdrawal. */
    public record Checked(Object[] values, Reject reject) {}

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
            int maxLength,
            TimeRule time)
            implements Serializable {}

    private Contract(List<Rule> rules, Set<String> nulls) {
        this.rules = rules;
        this.nulls = nulls;
        this.longestNull = nulls.stream().mapToInt(String::length).max().orElse(-1);
    }

    public static Contract of(SourceSpec source) {
        List<Rule> rules = new ArrayList<>();
        Set<String> always = source.deleteWhen().isPresent()
                ? source.naming()
                : source.columns().keySet();
        int longest = source.layout().orElse(LayoutSpec.USUAL).maxRecord().orElse(LONGEST);
        for (ColumnSpec column : source.columns().values()) {
            Values.Kind kind = Values.Kind.of(column.type());
            boolean isBetween = column.between().size() == 2;
            rules.add(new Rule(
                    column.name(),
                    kind,
                    column.required(),
                    !always.contains(column.name()),
                    isBetween ? column.between().get(0) : Double.NEGATIVE_INFINITY,
                    isBetween ? column.between().get(1) : Double.POSITIVE_INFINITY,
                    new HashSet<>(column.allowed()),
                    String.join(", ", column.allowed()),
                    column.pattern().map(Pattern::compile).orElse(null),
                    column.maxLength().orElse(longest),
                    kind == Values.Kind.TIMESTAMP || kind == Values.Kind.DATE ? TimeRule.of(column, kind) : null));
        }
        return new Contract(rules, new HashSet<>(source.nullValues()));
    }

    public List<Values.Kind> kinds() {
        return rules.stream().map(Rule::kind).toList();
    }

    /** Columns whose texts are read as counts since 1970. */
    public List<Boolean> counted() {
        return rules.stream()
                .map(rule -> rule.time() != null && rule.time().isCount())
                .toList();
    }

    /**
     * @param given one per column: a text, or a value as {@link Values} gives them; null where the record has none
     * @param landed when its file landed, in microseconds since 1970; null when that is not known
     */
    public Checked check(Object[] given, Long landed) {
        Object[] values = new Object[rules.size()];
        Checked lacking = null;
        for (int i = 0; i < values.length; i++) {
            Rule rule = rules.get(i);
            Object one = given[i];
            if (one == null || one instanceof String text && isNull(rule, text)) {
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
            Object value = read(rule, one);
            if (value instanceof Values.Bad bad) {
                return rejected(
                        bad.code(),
                        rule.kind().name().toLowerCase(Locale.ROOT) + "(" + rule.name() + ")",
                        rule.name() + " is " + Reject.shown(shown(rule, one)) + ", " + bad.expected());
            }
            Checked broken = broken(rule, one, value);
            if (broken == null && rule.time() != null) {
                broken = misplaced(rule, one, value, landed);
            }
            if (broken != null) {
                return broken;
            }
            values[i] = value;
        }
        return new Checked(values, lacking == null ? null : lacking.reject());
    }

    private static Object read(Rule rule, Object given) {
        if (rule.time() != null) {
            return rule.time().read(given);
        }
        return given instanceof String text ? Values.read(rule.kind(), text) : typed(rule.kind(), given);
    }

    /** A value that its file holds as such; only its range is left to be judged. */
    private static Object typed(Values.Kind kind, Object given) {
        if (kind == Values.Kind.INT && given instanceof Long number) {
            boolean fits = number >= Integer.MIN_VALUE && number <= Integer.MAX_VALUE;
            return fits ? (Object) number.intValue() : Values.doesNotFit(Integer.MIN_VALUE, Integer.MAX_VALUE, "int");
        }
        return given instanceof Double number && !Double.isFinite(number) ? Values.notFinite() : given;
    }

    private static String shown(Rule rule, Object given) {
        return given instanceof String text
                ? text
                : rule.time() == null ? String.valueOf(given) : rule.time().shown(given);
    }

    private static Checked misplaced(Rule rule, Object given, Object value, Long landed) {
        Values.Bad bad = rule.time().misplaced(value, landed);
        return bad == null
                ? null
                : rejected(
                        bad.code(),
                        (bad.code().equals("023") ? "max-ahead(" : "between(") + rule.name() + ")",
                        rule.name() + " is " + Reject.shown(shown(rule, given)) + ", " + bad.expected());
    }

    private boolean isNull(Rule rule, String text) {
        if (text.length() <= longestNull && nulls.contains(text)) {
            return true;
        }
        if (rule.kind() == Values.Kind.STRING) {
            return false;
        }
        String bare = text.strip();
        if (bare.length() > longestNull) {
            return bare.isEmpty();
        }
        return bare.isEmpty() || nulls.contains(bare);
    }

    private static Checked broken(Rule rule, Object given, Object value) {
        String name = rule.name();
        if (given instanceof String text
                && text.length() > rule.maxLength()
                && text.codePointCount(0, text.length()) > rule.maxLength()) {
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
                    name + " is " + Reject.shown(shown(rule, given)) + ", must be in [" + plain(rule.low()) + ", "
                            + plain(rule.high()) + "]");
        }
        if (!rule.allowed().isEmpty()
                && !rule.allowed().contains(shown(rule, given))
                && !rule.allowed().contains(String.valueOf(value))) {
            return rejected(
                    "041",
                    "allowed(" + name + ")",
                    name + " is " + Reject.shown(shown(rule, given)) + ", must be one of " + rule.allowedShown());
        }
        if (rule.pattern() != null
                && !rule.pattern().matcher(shown(rule, given)).matches()) {
            return rejected(
                    "042",
                    "pattern(" + name + ")",
                    name + " is " + Reject.shown(shown(rule, given)) + ", must match "
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
