package io.penstock.ingestion.suggest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the values of a column say of it.
 *
 * @param values that are not NULL and of the type
 * @param unfit different texts that are not of the type
 * @param unfits how many values they are
 * @param met least and greatest number of a measure, or empty: what was met is no rule
 * @param notes for the owner to read beside the column
 * @param questions what the values cannot tell
 */
record Column(
        String name,
        String type,
        int values,
        int nulls,
        int distinct,
        Set<String> unfit,
        int unfits,
        List<Double> met,
        List<String> allowed,
        Optional<String> pattern,
        List<String> notes,
        List<String> questions) {
    /** Fewer values prove nothing about those that are not seen. */
    static final int ENOUGH = 30;

    private static final int FEWEST = 20;
    private static final double MOST_UNFIT = 0.05;

    boolean isRequired() {
        return nulls == 0 && unfits == 0 && values >= ENOUGH;
    }

    /** Whether nearly every record has a value of the type: the few that have none may be mistakes. */
    boolean isNearlyFilled() {
        return isNearly(values, nulls + unfits);
    }

    /** Whether a few are so few that most tell what all should be. */
    static boolean isNearly(int most, int few) {
        return few == 0 || most >= FEWEST && few <= MOST_UNFIT * (most + few);
    }

    Column with(List<String> otherNotes, List<String> otherQuestions) {
        return new Column(
                name,
                type,
                values,
                nulls,
                distinct,
                unfit,
                unfits,
                met,
                List.of(),
                Optional.empty(),
                otherNotes,
                otherQuestions);
    }

    Column but(Set<String> unfit, int unfits, String note, String question) {
        List<String> allNotes = new ArrayList<>(notes);
        allNotes.add(note);
        List<String> allQuestions = new ArrayList<>(questions);
        allQuestions.add(question);
        return new Column(
                name, type, values, nulls, distinct, unfit, unfits, met, allowed, pattern, allNotes, allQuestions);
    }
}
