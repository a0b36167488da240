package io.penstock.core.config;

import java.time.LocalDate;

/**
 * The split by time: units before {@code validationFrom} train, then validate, then from {@code testFrom} test. Rows of one
 * unit never fall apart, and nothing later than a slice informs it.
 */
public record Split(LocalDate validationFrom, LocalDate testFrom) {
    public static final String TRAIN = "train";
    public static final String VALIDATION = "validation";
    public static final String TEST = "test";

    public static Split of(TrainingSpec training) {
        return new Split(training.testFrom().minusDays(training.validation().toDays()), training.testFrom());
    }
}
