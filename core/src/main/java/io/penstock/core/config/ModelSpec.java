package io.penstock.core.config;

import io.penstock.core.model.Task;
import java.util.List;
import java.util.Map;

/**
 * @param backtest trained and evaluated, never promoted nor scored
 * @param views names of feature views
 * @param rows feature name → SQL over the spine's columns and {@code as_of}
 * @param task what it is for
 */
public record ModelSpec(
        String name,
        boolean backtest,
        SpineSpec spine,
        LabelSpec label,
        List<String> views,
        Map<String, String> rows,
        TrainingSpec training,
        GateSpec gate,
        ScoringSpec scoring,
        String comment,
        MonitoringSpec monitoring,
        Task task) {
    public ModelSpec(
            String name,
            boolean backtest,
            SpineSpec spine,
            LabelSpec label,
            List<String> views,
            Map<String, String> rows,
            TrainingSpec training,
            GateSpec gate,
            ScoringSpec scoring,
            String comment) {
        this(
                name,
                backtest,
                spine,
                label,
                views,
                rows,
                training,
                gate,
                scoring,
                comment,
                MonitoringSpec.DEFAULT,
                Task.binary());
    }

    /** The same with other views. */
    public ModelSpec withViews(List<String> others) {
        return new ModelSpec(
                name, backtest, spine, label, others, rows, training, gate, scoring, comment, monitoring, task);
    }
}
