package io.penstock.scoring;

import io.penstock.core.Pin;
import java.util.List;

/** What a publication of scores was made with; stands in every row. */
public record ScoringPins(Pin.ModelPin model, String runId, List<Pin.TablePin> features) {
    public ScoringPins {
        features = List.copyOf(features);
    }
}
