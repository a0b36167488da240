package io.penstock.core.config;

import io.penstock.core.ErrorCode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Binds {@code params} of one trainer: of a training, which its candidates share, or of a candidate. */
final class ParamsBinder {

    private final TrainerParameters trainer;

    private ParamsBinder(TrainerParameters trainer) {
        this.trainer = trainer;
    }

    static ParamsBinder of(String trainer) {
        return new ParamsBinder(TrainerParameters.of(trainer).orElseThrow());
    }

    /** The declared ones, by the trainer's own names, whatever they were written as. */
    Map<String, String> bind(Section section, List<String> inputs) {
        Map<String, String> params = new LinkedHashMap<>();
        Section parent = section.section("params");
        section.jsonMap("params", trainer.structured()).forEach((written, value) -> {
            String name = trainer.own(written);
            Optional<String> managed = trainer.managedBy(name);
            if (managed.isPresent()) {
                parent.report(
                        ErrorCode.INVALID_TRAINER_PARAMETER, written, "", "is set by Penstock; use " + managed.get());
            } else if (!trainer.names().contains(name)) {
                parent.report(
                        ErrorCode.INVALID_TRAINER_PARAMETER,
                        written,
                        written,
                        "no " + trainer.title() + " parameter " + written,
                        trainer.names());
            } else {
                trainer.violation(name, value)
                        .ifPresent(must -> parent.report(
                                ErrorCode.INVALID_TRAINER_PARAMETER, written, "", "is " + value + ", must be " + must));
                trainer.check(name, value, inputs, (input, problem) -> {
                    if (input.isEmpty()) {
                        parent.report(ErrorCode.INVALID_TRAINER_PARAMETER, name, "", problem);
                    } else {
                        parent.report(ErrorCode.INVALID_TRAINER_PARAMETER, name, input, problem, inputs);
                    }
                });
            }
            if (params.put(name, value) != null) {
                parent.report(
                        ErrorCode.INVALID_TRAINER_PARAMETER,
                        written,
                        "",
                        "sets " + name + ", which another name sets as well; keep one");
            }
        });
        return params;
    }

    /** All parameters of the trainer that have a default, and those that were declared. */
    Map<String, String> withDefaults(Map<String, String> declared) {
        Map<String, String> all = new LinkedHashMap<>(new TreeMap<>(trainer.defaults()));
        all.putAll(declared);
        return all;
    }

    /** What is wrong with all parameters of a candidate together, reported where the parameter stands. */
    void contradictions(
            Section training,
            Section own,
            Map<String, String> shared,
            CandidateSpec candidate,
            int workers,
            int rounds,
            List<String> inputs) {
        Map<String, String> params = new LinkedHashMap<>(candidate.trainer().isEmpty() ? shared : Map.of());
        params.putAll(candidate.params());
        trainer.contradictions(params, inputs, workers, rounds).forEach((name, problem) -> {
            boolean isOwn = candidate.params().containsKey(name);
            Section section = (isOwn ? own : training).section("params");
            String written = trainer.aliases().entrySet().stream()
                    .filter(alias -> alias.getValue().equals(name) && section.has(alias.getKey()))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse(name);
            section.report(ErrorCode.INVALID_TRAINER_PARAMETER, written, "", problem);
        });
    }
}
