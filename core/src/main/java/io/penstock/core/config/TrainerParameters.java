package io.penstock.core.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/** The parameters of one trainer that a pipeline may set. Libraries drop what they do not know, so each list is closed. */
public interface TrainerParameters {
    static List<TrainerParameters> all() {
        return List.of(new XgboostParameters(), new LogisticParameters());
    }

    static Optional<TrainerParameters> of(String trainer) {
        return all().stream().filter(one -> one.trainer().equals(trainer)).findFirst();
    }

    /** Its name in configuration. */
    String trainer();

    /** Its name in messages. */
    String title();

    /** What holds unless a pipeline says otherwise. */
    Map<String, String> defaults();

    /** All parameters, sorted. */
    List<String> names();

    /** Other spellings that are taken for one of {@link #names}. */
    Map<String, String> aliases();

    /** The trainer's own name of a parameter. */
    default String own(String name) {
        return aliases().getOrDefault(name, name);
    }

    /** Parameters whose value may be an object or a list. */
    default Set<String> structured() {
        return Set.of();
    }

    /** What to use in place of a parameter that Penstock sets by itself. */
    Optional<String> managedBy(String name);

    /** What the value of a known parameter must be, or empty if it is fine. */
    Optional<String> violation(String name, String value);

    /**
     * Tells what a parameter says that does not fit the inputs of the model.
     *
     * @param problems takes the input that is wrong, or an empty text, and what is wrong
     */
    default void check(String name, String value, List<String> inputs, BiConsumer<String, String> problems) {}

    /**
     * What is wrong with parameters that are each fine: parameter → what is wrong with it.
     *
     * @param params with the defaults, by the trainer's own names
     * @param inputs of the candidate, in order
     */
    Map<String, String> contradictions(Map<String, String> params, List<String> inputs, int workers, int rounds);
}
