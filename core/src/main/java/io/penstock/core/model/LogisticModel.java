package io.penstock.core.model;

import io.penstock.core.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A logistic regression with all that is done to its inputs, as the file {@code model.json} keeps it:
 *
 * <pre>{@code
 * {"format": "penstock-logistic-1",
 *  "intercept": -1.25,
 *  "terms": [
 *    {"feature": "distance", "coefficient": 0.31, "mean": 1020.5, "scale": 730.2},
 *    {"feature": "carrier", "levels": [0.1, -0.2, 0.05], "missing": 0.01}]}
 * }</pre>
 *
 * <p>One term per input, in the order of the model's inputs. An input is a number of 32 bits, NaN if it is missing; from
 * there on all is computed in 64 bits:
 *
 * <ul>
 *   <li>A number contributes {@code coefficient * (x - mean) / scale}, and 0 if it is missing: as much as the mean.
 *   <li>A category comes as its code and contributes {@code levels[x]}, and {@code missing} if it is missing or has no level.
 * </ul>
 *
 * <p>The margin is {@code intercept} plus the contributions, added in the order of the terms; the score is
 * {@code 1 / (1 + exp(-margin))}. Since the means stand in the model, the intercept is the margin of an average row, and a
 * contribution says what sets an input apart from the average.
 */
public record LogisticModel(String format, double intercept, List<Term> terms) {
    public static final String FORMAT = "penstock-logistic-1";

    /**
     * @param coefficient of the standardised number, null of a category; so are {@code mean} and {@code scale}
     * @param levels contribution per code of a category, null of a number; so is {@code missing}
     */
    public record Term(
            String feature, Double coefficient, Double mean, Double scale, List<Double> levels, Double missing) {
        public static Term number(String feature, double coefficient, double mean, double scale) {
            return new Term(feature, coefficient, mean, scale, null, null);
        }

        public static Term category(String feature, List<Double> levels, double missing) {
            return new Term(feature, null, null, null, List.copyOf(levels), missing);
        }

        public boolean isCategory() {
            return levels != null;
        }

        private boolean isWhole() {
            boolean isNumber = coefficient != null && mean != null && scale != null;
            return feature != null && (isCategory() ? missing != null : isNumber);
        }
    }

    public LogisticModel(double intercept, List<Term> terms) {
        this(FORMAT, intercept, List.copyOf(terms));
    }

    public List<String> features() {
        return terms.stream().map(Term::feature).toList();
    }

    /** The file's bytes; the same for the same numbers. */
    public byte[] bytes() {
        return Json.canonical(this).getBytes(StandardCharsets.UTF_8);
    }

    /** @throws IllegalArgumentException if the bytes are no such model */
    public static LogisticModel read(byte[] bytes) {
        LogisticModel model = Json.read(new String(bytes, StandardCharsets.UTF_8), LogisticModel.class);
        if (!FORMAT.equals(model.format())) {
            throw new IllegalArgumentException("its format is " + model.format() + ", must be " + FORMAT);
        }
        if (model.terms() == null || !model.terms().stream().allMatch(Term::isWhole)) {
            throw new IllegalArgumentException("a term lacks a number");
        }
        return model;
    }
}
