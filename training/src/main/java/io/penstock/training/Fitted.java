package io.penstock.training;

import io.penstock.core.Hashes;
import io.penstock.core.model.Tracker;
import java.util.List;
import java.util.Map;

/**
 * A model fitted to training and validation rows.
 *
 * @param model its file
 * @param rounds how many rounds, or steps of an optimisation, it took
 * @param settings what it was fitted with beside the parameters that were asked for
 * @param curves what was measured while it was fitted, one point per name and round
 * @param notes what whoever looks at the model should know of the fit; empty when all is well
 */
public record Fitted(
        byte[] model,
        int rounds,
        Map<String, String> settings,
        List<Tracker.Point> curves,
        long trainRows,
        long validationRows,
        List<String> notes) {
    public Fitted {
        settings = Map.copyOf(settings);
        curves = List.copyOf(curves);
        notes = List.copyOf(notes);
    }

    public String sha256() {
        return Hashes.sha256(model);
    }

    /** The values of one curve, by round. */
    public double[] curve(String name) {
        return curves.stream()
                .filter(point -> point.name().equals(name))
                .mapToDouble(Tracker.Point::value)
                .toArray();
    }
}
