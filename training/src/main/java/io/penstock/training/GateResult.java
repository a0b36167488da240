package io.penstock.training;

import io.penstock.core.Verdict;
import java.util.List;

/** What the gate said: a candidate passes when no verdict refuses it. */
public record GateResult(boolean passed, List<Verdict> verdicts) {
    static GateResult of(List<Verdict> verdicts) {
        return new GateResult(verdicts.stream().noneMatch(Verdict::refuses), List.copyOf(verdicts));
    }
}
