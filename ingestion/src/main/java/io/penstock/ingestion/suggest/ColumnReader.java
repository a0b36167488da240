package io.penstock.ingestion.suggest;

import io.penstock.ingestion.format.Samples;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** From the texts of a column to what it seems to be. Types are those that ingestion reads without one
 * reject, or with few. */
final class ColumnReader {
    private static final Pattern WORDS = Pattern.compile("(?i)true|false");
    private static final Pattern PADDED = Pattern.compile("[+-]?0\\d+");
    private static final Pattern POINT_ZERO = Pattern.compile("[+-]?\\d+\\.0*");
    private static final Pattern SECONDS = Pattern.compile("1\\d{9}");
    private static final Pattern MILLIS = Pattern.compile("1\\d{12}");
    private static final Pattern COMPACT = Pattern.compile("(19|20)\\d{6}");
    private static final Pattern LOCAL = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?");
    private static final Pattern ZONED = Pattern.compile(".*(Z|UTC|:\\d\\d(\\.\\d+)? ?[+-]\\d\\d(:?\\d\\d)?)");
    private static final Pattern TURNED = Pattern.compile("(\\d{1,2})([/.-])(\\d{1,2})\\2(\\d{4})\\b.*");
    private static final Pattern COMMA = Pattern.compile("[+-]?\\d+(,\\d+)?");
    private static final Pattern ID = Pattern.compile("id|.*_id");
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.+/ -]{1,24}");
    private static final List<String> TYPES = List.of("int", "long", "double", "date", "timestamp");
    private static final String DECIMAL = "decimal";
    private static final int MOST_ALLOWED = 12;
    private static final int OF_EACH = 5;
    private static final int PER_ALLOWED = 40;
    private static final int ENOUGH_FOR_SHAPE = 100;
    private static final int MOST_RUNS = 6;

    private final String name;
    private final String known;
    private final List<String> values;
    private final int nulls;
    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();
    private final List<String> questions = new ArrayList<>();

    private ColumnReader(String name, String known, List<String> values, int nulls) {
        this.name = name;
        this.known = known;
        this.values = values;
        this.nulls = nulls;
        values.forEach(value -> counts.merge(value, 1, Integer::sum));
    }

    /**
     * @param texts one per record, in the order of the files
     * @param place where a record stands, by its number
     */
    static Column read(String name, List<String> texts, Nulls nulls, IntFunction<String> place) {
        List<String> values = texts.stream()
                .filter(text -> !nulls.isNull(text) && !nulls.isNull(text.strip()))
                .toList();
        int missing = texts.size() - values.size();
        Column all = new ColumnReader(name, "", values, missing).column();
        Set<String> unfit = all.type().equals("string") && all.notes().isEmpty() ? unfit(values) : Set.of();
        if (unfit.isEmpty()) {
            return all;
        }
        List<String> fitting =
                values.stream().filter(value -> !unfit.contains(value)).toList();
        Column most = new ColumnReader(name, "", fitting, missing).column();
        if (most.type().equals("string")) {
            return most.notes().isEmpty() ? all : all.with(most.notes(), most.questions());
        }
        return rejecting(most, unfit, texts, place, "If they mean NULL, add their spelling to null-values");
    }

    /**
     * Of a column whose type its files know: what is no text has no spelling of NULL.
     *
     * @param type {@code decimal} where it is kept as text
     */
    static Column read(String name, String type, List<String> texts, Nulls nulls, IntFunction<String> place) {
        boolean isText = type.equals("string");
        List<String> values = texts.stream()
                .filter(text -> text != null && !(isText && nulls.isNull(text)))
                .toList();
        Set<String> unfit = type.equals(DECIMAL)
                ? Set.of()
                : values.stream()
                        .distinct()
                        .filter(text ->
                                Samples.problem(type, text.replace('T', ' ')).isPresent())
                        .collect(Collectors.toSet());
        List<String> fitting =
                values.stream().filter(value -> !unfit.contains(value)).toList();
        Column column = new ColumnReader(name, type, fitting, texts.size() - values.size()).column();
        return unfit.isEmpty()
                ? column
                : rejecting(column, unfit, texts, place, "Ask the sender for none in their place");
    }

    private static Column rejecting(
            Column fitting, Set<String> unfit, List<String> texts, IntFunction<String> place, String remedy) {
        List<String> others = texts.stream()
                .filter(text -> text != null && unfit.contains(text))
                .toList();
        String type = fitting.type();
        String first = others.get(0);
        String where = Suggestion.Names.shown(first) + " in " + place.apply(texts.indexOf(first));
        return fitting.but(
                unfit,
                others.size(),
                String.format(Locale.ROOT, "%,d no %s, first %s: rejected", others.size(), type, where),
                String.format(
                        Locale.ROOT,
                        "%s: %,d of %,d values are no %s, the first is %s. They will be rejected. %s",
                        fitting.name(),
                        others.size(),
                        fitting.values() + others.size(),
                        type,
                        where,
                        remedy));
    }

    /** Texts that are not what nearly all are; none when there is no such type, or all are of it. */
    private static Set<String> unfit(List<String> values) {
        List<Predicate<String>> kinds = new ArrayList<>();
        kinds.add(value -> WORDS.matcher(value.strip()).matches());
        TYPES.forEach(type -> kinds.add(value -> Samples.problem(type, value).isEmpty()));
        kinds.add(value -> LOCAL.matcher(value.strip()).matches());
        kinds.add(value -> TURNED.matcher(value.strip()).matches());
        Set<String> fewest = Set.of();
        int least = values.size();
        for (Predicate<String> kind : kinds) {
            List<String> others = values.stream().filter(kind.negate()).toList();
            if (others.size() < least && Column.isNearly(values.size() - others.size(), others.size())) {
                fewest = Set.copyOf(others);
                least = others.size();
            }
        }
        return fewest;
    }

    private Column column() {
        String type = type();
        boolean isEnough = values.size() >= Column.ENOUGH;
        boolean isUnique = counts.size() == values.size();
        boolean isNumber = type.equals("int") || type.equals("long") || type.equals("double");
        boolean isMeasure =
                isNumber && isEnough && !isUnique && !ID.matcher(name).matches() && notes.isEmpty();
        List<String> allowed = type.equals("string") && notes.isEmpty() ? allowed() : List.of();
        Optional<String> pattern =
                type.equals("string") && notes.isEmpty() && allowed.isEmpty() ? shape() : Optional.empty();
        if (type.equals("double") && every(POINT_ZERO)) {
            notes.add("all whole, written 1.0: int?");
        }
        return new Column(
                name,
                type,
                values.size(),
                nulls,
                counts.size(),
                Set.of(),
                0,
                isMeasure ? met() : List.of(),
                allowed,
                pattern,
                notes,
                questions);
    }

    private String type() {
        if (known.equals(DECIMAL)) {
            notes.add("a decimal, as its digits");
            return "string";
        }
        if (!known.isEmpty()) {
            asKnown();
            return known;
        }
        if (values.isEmpty()) {
            notes.add("never filled");
            return "string";
        }
        if (every(WORDS)) {
            return "boolean";
        }
        if (some(PADDED) && fits("double")) {
            notes.add("numbers with leading zeros: kept as text");
            return "string";
        }
        if (every(POINT_ZERO) || !fits("long")) {
            return fits("double") ? "double" : time();
        }
        whole();
        return fits("int") && greatest() <= 1_000_000_000 ? "int" : "long";
    }

    private void asKnown() {
        if (known.equals("timestamp") && !every(ZONED) && !values.isEmpty()) {
            notes.add("no zone: read as UTC");
            questions.add(name + ": which zone are its times of? Then declare zone = \"Area/City\"");
        } else if (known.equals("int") || known.equals("long")) {
            whole();
        }
    }

    private void whole() {
        if (every(SECONDS) || every(MILLIS)) {
            boolean isSeconds = every(SECONDS);
            notes.add("epoch " + (isSeconds ? "seconds?" : "milliseconds?"));
            questions.add(name + ": is it a time? Then declare { type = timestamp, epoch = "
                    + (isSeconds ? "seconds" : "millis") + " }");
        } else if (every(COMPACT) && values.stream().allMatch(ColumnReader::isCompactDate)) {
            notes.add("yyyyMMdd?");
            questions.add(name + ": is it a date? Then declare { type = date, format = yyyyMMdd }");
        }
    }

    private String time() {
        if (fits("date")) {
            return "date";
        }
        if (fits("timestamp")) {
            if (!every(ZONED)) {
                notes.add("no zone: read as UTC");
                questions.add(name + ": which zone are its times of? Without a zone they are read as UTC");
            }
            return "timestamp";
        }
        if (every(LOCAL)) {
            notes.add("local times without a zone");
            questions.add(name + ": which zone are its times of? A T without a zone is refused (PEN-ROW-021), so it is"
                    + " kept as text; then declare { type = timestamp, zone = \"Area/City\" }");
        } else if (every(TURNED)) {
            turned();
        } else if (every(COMMA)) {
            notes.add("decimal commas: kept as text");
            questions.add(name + ": is it a number with a decimal comma? Then derive one: double(replace(" + name
                    + ", ',', '.'))");
        }
        return "string";
    }

    private void turned() {
        boolean isDayFirst = below(1) > 12;
        boolean isMonthFirst = below(3) > 12;
        String order = isDayFirst == isMonthFirst
                ? isDayFirst ? "day and month in both orders" : "dd/MM or MM/dd: every day is 12 or less"
                : isDayFirst ? "day first, dd/MM" : "month first, MM/dd";
        notes.add(order);
        questions.add(name + ": " + order + "; kept as text. "
                + (isDayFirst == isMonthFirst
                        ? "Ask the sender for the order, then declare the type with its format"
                        : "Declare " + declared(isDayFirst)));
    }

    /** What reads all of it, as far as that can be told from one value: the day, and a time of day if there is one. */
    private String declared(boolean isDayFirst) {
        String any = counts.keySet().iterator().next().strip();
        Matcher matcher = TURNED.matcher(any);
        String separator = matcher.matches() ? matcher.group(2) : "/";
        String day = String.join(separator, isDayFirst ? List.of("dd", "MM", "yyyy") : List.of("MM", "dd", "yyyy"));
        String clock = any.replaceFirst("^\\S+", "").strip();
        return clock.isEmpty()
                ? "{ type = date, format = \"" + day + "\" }"
                : "{ type = timestamp, format = \"" + day + (clock.length() > 5 ? " HH:mm:ss" : " HH:mm")
                        + "\", zone = \"Area/City\" }";
    }

    private int below(int group) {
        return counts.keySet().stream()
                .mapToInt(value -> {
                    Matcher matcher = TURNED.matcher(value.strip());
                    return matcher.matches() ? Integer.parseInt(matcher.group(group)) : 0;
                })
                .max()
                .orElse(0);
    }

    private static boolean isCompactDate(String value) {
        try {
            LocalDate.parse(value.strip(), DateTimeFormatter.BASIC_ISO_DATE);
            return true;
        } catch (DateTimeException e) {
            return false;
        }
    }

    private boolean fits(String type) {
        return all(value -> Samples.problem(type, value).isEmpty());
    }

    private boolean every(Pattern pattern) {
        return !values.isEmpty() && all(value -> pattern.matcher(value.strip()).matches());
    }

    private boolean some(Pattern pattern) {
        return !all(value -> !pattern.matcher(value.strip()).matches());
    }

    private boolean all(Predicate<String> rule) {
        return counts.keySet().stream().allMatch(rule);
    }

    private double greatest() {
        return numbers().map(Math::abs).reduce(0.0, Math::max);
    }

    private java.util.stream.Stream<Double> numbers() {
        return counts.keySet().stream().map(value -> Double.parseDouble(value.strip()));
    }

    private List<Double> met() {
        return List.of(
                numbers().reduce(Double.POSITIVE_INFINITY, Math::min),
                numbers().reduce(Double.NEGATIVE_INFINITY, Math::max));
    }

    /** Closed when few values come often, and the second half of the records brings none that the first has not. */
    private List<String> allowed() {
        boolean isFew = counts.size() <= MOST_ALLOWED && values.size() >= PER_ALLOWED * counts.size();
        boolean isOften = counts.values().stream().allMatch(count -> count >= OF_EACH);
        Set<String> early = new HashSet<>(values.subList(0, values.size() / 2));
        return counts.size() > 1 && isFew && isOften && early.containsAll(counts.keySet()) && every(PLAIN)
                ? counts.keySet().stream().sorted().toList()
                : List.of();
    }

    private Optional<String> shape() {
        if (values.size() < ENOUGH_FOR_SHAPE || counts.size() <= MOST_ALLOWED) {
            return Optional.empty();
        }
        List<List<Run>> shapes = counts.keySet().stream().map(Run::of).toList();
        List<Run> first = shapes.get(0);
        boolean isOne = !first.isEmpty()
                && first.size() <= MOST_RUNS
                && shapes.stream().allMatch(shape -> Run.kinds(shape).equals(Run.kinds(first)));
        if (!isOne) {
            return Optional.empty();
        }
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < first.size(); i++) {
            int run = i;
            int length = first.get(i).length();
            boolean isFixed = shapes.stream().allMatch(shape -> shape.get(run).length() == length);
            regex.append(first.get(i).kind()).append(isFixed ? length == 1 ? "" : "{" + length + "}" : "+");
        }
        return Optional.of(regex.toString());
    }

    /** Characters of one kind in a row. */
    private record Run(String kind, int length) {
        /** Empty when the text holds anything that ids do not. */
        static List<Run> of(String text) {
            List<Run> runs = new ArrayList<>();
            for (char c : text.toCharArray()) {
                String kind = kind(c);
                if (kind.isEmpty()) {
                    return List.of();
                }
                int last = runs.size() - 1;
                if (last >= 0 && runs.get(last).kind().equals(kind)) {
                    runs.set(last, new Run(kind, runs.get(last).length() + 1));
                } else {
                    runs.add(new Run(kind, 1));
                }
            }
            return runs;
        }

        static List<String> kinds(List<Run> runs) {
            return runs.stream().map(Run::kind).toList();
        }

        private static String kind(char c) {
            if (c >= '0' && c <= '9') {
                return "[0-9]";
            }
            if (c >= 'A' && c <= 'Z') {
                return "[A-Z]";
            }
            if (c >= 'a' && c <= 'z') {
                return "[a-z]";
            }
            return c == '-' || c == '_' || c == '/' || c == ':' ? String.valueOf(c) : "";
        }
    }
}
