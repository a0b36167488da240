package io.penstock.core.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.penstock.core.ErrorCode;
import io.penstock.core.UnitId;
import io.penstock.core.config.Problems.Place;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One object of a configuration, read key by key. A wrong value is reported and replaced by a harmless one, so that
 * reading goes on and finds the other mistakes; {@link #finish} reports the keys no one asked for.
 */
final class Section {
    /** Stands for a required variable that was missing and has been reported already. */
    static final String UNRESOLVED = "\u0001unresolved\u0001";

    private static final Pattern DURATION = Pattern.compile("(-?\\d+(?:\\.\\d+)?)\\s*([a-zA-Z]*)");
    private static final Map<String, Duration> UNITS = Map.ofEntries(
            Map.entry("w", Duration.ofDays(7)),
            Map.entry("week", Duration.ofDays(7)),
            Map.entry("d", Duration.ofDays(1)),
            Map.entry("day", Duration.ofDays(1)),
            Map.entry("h", Duration.ofHours(1)),
            Map.entry("hour", Duration.ofHours(1)),
            Map.entry("m", Duration.ofMinutes(1)),
            Map.entry("minute", Duration.ofMinutes(1)),
            Map.entry("s", Duration.ofSeconds(1)),
            Map.entry("second", Duration.ofSeconds(1)));

    private final ConfigObject object;
    private final String path;
    private final ConfigFiles files;
    private final Problems problems;
    private final Set<String> known = new LinkedHashSet<>();

    Section(ConfigObject object, String path, ConfigFiles files, Problems problems) {
        this.object = object;
        this.path = path;
        this.files = files;
        this.problems = problems;
    }

    String path(String key) {
        String part = key.matches("[A-Za-z0-9_-]+") ? key : ConfigUtil.quoteString(key);
        return path.isEmpty() ? part : path + "." + part;
    }

    Place place(String key) {
        return files.place(path(key), object.get(key));
    }

    Place place() {
        return files.place(path, object);
    }

    void report(ErrorCode code, String key, String value, String message) {
        problems.add(code, place(key), value, message);
    }

    void report(ErrorCode code, String key, String value, String message, List<String> allowed) {
        problems.add(code, place(key), value, message, allowed);
    }

    /** Of the object as a whole. */
    void report(ErrorCode code, String message, List<String> allowed) {
        problems.add(code, place(), "", message, allowed);
    }

    boolean has(String key) {
        return value(key).isPresent();
    }

    /** The keys of this object in the order they were written in. */
    List<String> keys() {
        return object.keySet().stream()
                .sorted(Comparator.comparingLong((String key) -> files.order(path(key), object.get(key)))
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    private Optional<ConfigValue> value(String key) {
        assert ConfigKeys.has(path(key)) : "not in ConfigKeys: " + path(key);
        known.add(key);
        ConfigValue value = object.get(key);
        return value == null || value.valueType() == ConfigValueType.NULL ? Optional.empty() : Optional.of(value);
    }

    /** Whether it waits for a variable that is missing, which is reported already. */
    boolean isUnresolved(String key) {
        return value(key)
                .map(ConfigValue::unwrapped)
                .filter(value -> String.valueOf(value).contains(UNRESOLVED))
                .isPresent();
    }

    private Optional<ConfigValue> required(String key, String example) {
        Optional<ConfigValue> value = value(key);
        if (value.isEmpty()) {
            String hint = example.isEmpty() ? "" : ", such as " + key + " = " + example;
            problems.add(ErrorCode.REQUIRED_KEY_MISSING, files.place(path, object), "", "needs " + key + hint);
        }
        return value;
    }

    Optional<String> optionalText(String key) {
        return value(key).flatMap(value -> scalar(key, value));
    }

    String text(String key, String otherwise) {
        return optionalText(key).orElse(otherwise);
    }

    String requiredText(String key, String example) {
        return required(key, example).flatMap(value -> scalar(key, value)).orElse("");
    }

    private Optional<String> scalar(String key, ConfigValue value) {
        Optional<String> text = plain(value);
        if (text.isEmpty()) {
            wrongType(key, value, "text");
        }
        return text.filter(t -> !t.contains(UNRESOLVED));
    }

    private static Optional<String> plain(ConfigValue value) {
        boolean plain = value.valueType() != ConfigValueType.OBJECT && value.valueType() != ConfigValueType.LIST;
        return plain ? Optional.of(String.valueOf(value.unwrapped())) : Optional.empty();
    }

    private void wrongType(String key, ConfigValue value, String expected) {
        String shown = plain(value).orElse(value.valueType().name().toLowerCase(Locale.ROOT));
        if (!shown.contains(UNRESOLVED)) {
            String masked = Secrets.mask(path(key), shown);
            problems.add(
                    ErrorCode.INVALID_VALUE,
                    files.place(path(key), value),
                    shown,
                    "is " + masked + ", must be " + expected);
        }
    }

    /** Parses a scalar; a value that does not parse, or is out of bounds, is a wrong type. */
    private <T> Optional<T> parsed(String key, String expected, Function<String, Optional<T>> parse) {
        Optional<ConfigValue> value = value(key);
        Optional<String> text = value.flatMap(v -> plain(v));
        Optional<T> result = text.filter(t -> !t.contains(UNRESOLVED)).flatMap(t -> attempt(parse, t));
        if (value.isPresent() && result.isEmpty()) {
            wrongType(key, value.get(), expected);
        }
        return result;
    }

    private static <T> Optional<T> attempt(Function<String, Optional<T>> parse, String text) {
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException | java.time.DateTimeException e) {
            return Optional.empty();
        }
    }

    int whole(String key, int otherwise, int min, int max) {
        assert ConfigKeys.isNumber(path(key), Optional.of((double) otherwise), min, max) : unlike(key);
        return optionalWhole(key, min, max).orElse(otherwise);
    }

    Optional<Integer> optionalWhole(String key, int min, int max) {
        assert ConfigKeys.isNumber(path(key), Optional.empty(), min, max) : unlike(key);
        return parsed(
                key,
                "a whole number from " + min + " to " + max,
                text -> Decimals.whole(text).filter(n -> n >= min && n <= max));
    }

    double number(String key, double otherwise, double min, double max) {
        assert ConfigKeys.isNumber(path(key), Optional.of(otherwise), min, max) : unlike(key);
        return optionalNumber(key, min, max).orElse(otherwise);
    }

    Optional<Double> optionalNumber(String key, double min, double max) {
        assert ConfigKeys.isNumber(path(key), Optional.empty(), min, max) : unlike(key);
        boolean open = Double.isInfinite(min) && Double.isInfinite(max);
        String expected = "a number" + (open ? "" : " from " + show(min) + " to " + show(max));
        return parsed(key, expected, text -> Decimals.number(text).filter(n -> n >= min && n <= max));
    }

    private static String show(double bound) {
        return bound == Math.rint(bound) && !Double.isInfinite(bound)
                ? String.valueOf((long) bound)
                : String.valueOf(bound);
    }

    boolean flag(String key, boolean otherwise) {
        assert ConfigKeys.isFlag(path(key), otherwise) : unlike(key);
        return parsed(key, "true or false", text -> switch (text) {
                    case "true", "yes", "on" -> Optional.of(true);
                    case "false", "no", "off" -> Optional.of(false);
                    default -> Optional.<Boolean>empty();
                })
                .orElse(otherwise);
    }

    Optional<LocalDate> date(String key, boolean required) {
        if (required && required(key, "\"2013-11-01\"").isEmpty()) {
            return Optional.empty();
        }
        return parsed(key, "a date as \"2013-11-01\"", text -> Optional.of(LocalDate.parse(text)));
    }

    /** The name of a unit. */
    Optional<UnitId> unitId(String key) {
        return parsed(key, "a date as \"2013-11-01\"", text -> Optional.of(UnitId.parse(text)));
    }

    LocalTime time(String key, LocalTime otherwise) {
        return parsed(key, "a time of day as \"08:00\"", text -> Optional.of(LocalTime.parse(text)))
                .orElse(otherwise);
    }

    ZoneId zone(String key) {
        return parsed(key, "a time zone as UTC or Europe/Paris", text -> Optional.of(ZoneId.of(text)))
                .orElse(ZoneId.of("UTC"));
    }

    Optional<Duration> duration(String key) {
        Optional<ConfigValue> value = value(key);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        return duration(path(key), value.get());
    }

    List<Duration> durations(String key) {
        List<Duration> all = new ArrayList<>();
        elements(key, "a list of durations, such as [1d, 7d]")
                .forEach((at, value) -> duration(at, value).ifPresent(all::add));
        return all;
    }

    /** Whether a text is that duration, in any of the ways to write it. */
    static boolean isDuration(String text, Duration expected) {
        return parsedDuration(text).filter(expected::equals).isPresent();
    }

    static Optional<Duration> parsedDuration(String text) {
        Matcher matcher = DURATION.matcher(text.trim());
        Duration unit = matcher.matches() ? unit(matcher.group(2)) : null;
        return unit != null && matcher.group(1).matches("0*[1-9]\\d{0,6}")
                ? Optional.of(unit.multipliedBy(Long.parseLong(matcher.group(1))))
                : Optional.empty();
    }

    private static Duration unit(String written) {
        String name = written.toLowerCase(Locale.ROOT);
        return UNITS.get(name.length() > 1 && name.endsWith("s") ? name.substring(0, name.length() - 1) : name);
    }

    /** As people write it: {@code 7d}, {@code 36h}, {@code 90m}. */
    static String written(Duration duration) {
        if (duration.toSeconds() % 86_400 == 0) {
            return duration.toDays() + "d";
        }
        if (duration.toSeconds() % 3_600 == 0) {
            return duration.toHours() + "h";
        }
        return duration.toSeconds() % 60 == 0 ? duration.toMinutes() + "m" : duration.toSeconds() + "s";
    }

    private Optional<Duration> duration(String at, ConfigValue value) {
        String text = plain(value).orElse("");
        if (text.contains(UNRESOLVED)) {
            return Optional.empty();
        }
        Matcher matcher = DURATION.matcher(text.trim());
        Place place = files.place(at, value);
        if (matcher.matches() && matcher.group(2).isEmpty()) {
            problems.add(
                    ErrorCode.DURATION_WITHOUT_UNIT,
                    place,
                    "",
                    "is " + text + " without a unit; write " + text + "d, " + text + "h or " + text + "m");
            return Optional.empty();
        }
        Optional<Duration> duration = parsedDuration(text);
        if (duration.isEmpty()) {
            problems.add(
                    ErrorCode.INVALID_VALUE,
                    place,
                    "",
                    "is " + Secrets.mask(at, text) + ", must be a duration as 1d, 6h, 30m or 10s");
        }
        return duration;
    }

    <E extends Enum<E>> E choice(String key, E otherwise, Class<E> type) {
        List<String> names =
                Arrays.stream(type.getEnumConstants()).map(Section::name).toList();
        String chosen = choice(key, name(otherwise), names);
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> name(constant).equals(chosen))
                .findFirst()
                .orElse(otherwise);
    }

    private String unlike(String key) {
        return "ConfigKeys says another type, default or other bounds of " + path(key);
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    String choice(String key, String otherwise, List<String> allowed) {
        assert ConfigKeys.isChoice(path(key), otherwise, allowed) : unlike(key);
        if (path.startsWith("sources.") && isNull(key)) {
            known.add(key);
            reportNull(key, allowed);
            return otherwise;
        }
        String chosen = text(key, otherwise);
        if (!allowed.contains(chosen)) {
            report(ErrorCode.INVALID_VALUE, key, chosen, "is " + Secrets.mask(path(key), chosen), allowed);
            return otherwise;
        }
        return chosen;
    }

    List<String> texts(String key, List<String> otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        List<String> all = new ArrayList<>();
        elements(key, "a list, such as [a, b]").forEach((at, value) -> {
            Optional<String> text = plain(value);
            if (text.isEmpty()) {
                problems.add(ErrorCode.INVALID_VALUE, files.place(at, value), "", "must be text");
            }
            text.filter(t -> !t.contains(UNRESOLVED)).ifPresent(all::add);
        });
        return all;
    }

    /** A list's elements by their path, {@code key[0]}. */
    private Map<String, ConfigValue> elements(String key, String expected) {
        Map<String, ConfigValue> elements = new LinkedHashMap<>();
        Optional<ConfigValue> value = value(key);
        if (value.isPresent() && value.get() instanceof ConfigList) {
            ConfigList list = (ConfigList) value.get();
            for (int i = 0; i < list.size(); i++) {
                elements.put(path(key) + "[" + i + "]", list.get(i));
            }
        } else {
            value.ifPresent(v -> wrongType(key, v, expected));
        }
        return elements;
    }

    List<Section> list(String key) {
        List<Section> sections = new ArrayList<>();
        elements(key, "a list of objects, such as [{ … }]").forEach((at, value) -> {
            if (value instanceof ConfigObject) {
                sections.add(new Section((ConfigObject) value, at, files, problems));
            } else {
                problems.add(
                        ErrorCode.INVALID_VALUE,
                        files.place(at, value),
                        "",
                        "must be an object, such as { completeness = c }");
            }
        });
        return sections;
    }

    Section section(String key) {
        Optional<ConfigValue> value = value(key);
        if (value.isPresent() && value.get() instanceof ConfigObject) {
            return new Section((ConfigObject) value.get(), path(key), files, problems);
        }
        value.ifPresent(v -> wrongType(key, v, "an object, such as " + key + " { … }"));
        return new Section(ConfigFactory.empty().root(), path(key), files, problems);
    }

    Section requiredSection(String key) {
        required(key, "{ … }");
        return section(key);
    }

    /** The objects of an object, by name, in the order of the file. */
    Map<String, Section> sections(String key) {
        Section parent = section(key);
        Map<String, Section> children = new LinkedHashMap<>();
        parent.keys().forEach(name -> children.put(name, parent.section(name)));
        return children;
    }

    /** The scalars of an object, by name, in the order of the file. */
    Map<String, String> textMap(String key) {
        Section parent = section(key);
        Map<String, String> texts = new LinkedHashMap<>();
        parent.keys().forEach(name -> parent.optionalText(name).ifPresent(text -> texts.put(name, text)));
        return texts;
    }

    /** The values of an object by name; what is an object or a list itself as JSON. */
    Map<String, String> jsonMap(String key, Set<String> structured) {
        Section parent = section(key);
        Map<String, String> texts = new LinkedHashMap<>();
        for (String name : parent.keys()) {
            Optional<ConfigValue> value = parent.value(name);
            boolean asJson = structured.contains(name)
                    && value.filter(v -> plain(v).isEmpty()).isPresent();
            Optional<String> text = asJson
                    ? value.map(v -> v.render(ConfigRenderOptions.concise())).filter(t -> !t.contains("unresolved"))
                    : parent.optionalText(name);
            text.ifPresent(t -> texts.put(name, t));
        }
        return texts;
    }

    /** The scalars below a key by their dotted names, whether they were written with quotes or as objects in objects. */
    Map<String, String> flatTexts(String key) {
        Section parent = section(key);
        Map<String, String> texts = new TreeMap<>();
        parent.object.toConfig().entrySet().forEach(entry -> {
            String name = String.join(".", ConfigUtil.splitPath(entry.getKey()));
            parent.scalar(name, entry.getValue()).ifPresent(text -> texts.put(name, text));
        });
        return texts;
    }

    private boolean isNull(String key) {
        ConfigValue value = object.get(key);
        return value != null && value.valueType() == ConfigValueType.NULL;
    }

    private void reportNull(String key, List<String> allowed) {
        problems.addOnce(
                ErrorCode.NULL_VALUE,
                place(key),
                "is null, which sets nothing: give it a value, or leave the key out for its default",
                allowed);
    }

    /** Reports each null in this object that takes nothing away which another file sets, unless it is reported already. */
    void refuseNulls() {
        for (String key : keys()) {
            if (isNull(key) && !files.isSet(path(key))) {
                reportNull(key, List.of());
            } else if (object.get(key) instanceof ConfigObject inner) {
                new Section(inner, path(key), files, problems).refuseNulls();
            }
        }
    }

    /** Accepts a key without reading it. */
    void allow(String key) {
        known.add(key);
    }

    /** Reports every key that was not asked for, and says whether there was one. */
    boolean finish() {
        List<String> unknown = keys().stream()
                .filter(key -> !known.contains(key) && !problems.has(ErrorCode.LITERAL_SECRET, path(key)))
                .toList();
        unknown.forEach(this::unknown);
        return !unknown.isEmpty();
    }

    private void unknown(String key) {
        String nearest = Nearest.of(key, known);
        problems.add(new ConfigProblem(
                ErrorCode.UNKNOWN_KEY.code(),
                path(key),
                place(key).file(),
                place(key).line(),
                key,
                "unknown key",
                nearest.isEmpty() ? List.copyOf(known) : List.of(),
                nearest));
    }
}
