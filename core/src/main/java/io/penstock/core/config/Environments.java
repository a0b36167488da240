package io.penstock.core.config;

import io.penstock.core.ErrorCode;
import io.penstock.core.config.ConfigLoader.Origin;
import io.penstock.core.config.ConfigLoader.Result;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Two environments side by side: one reads the other's tables and shares nothing that it writes. Pure. */
final class Environments {
    private Environments() {}

    /** The one with the other as its base, or with what keeps them from standing side by side. */
    static Result joined(Result own, String name, Result base, String baseName) {
        List<ConfigProblem> problems = new ArrayList<>(base.problems());
        base.config().ifPresent(other -> problems.addAll(problems(own, name, other, baseName)));
        Optional<PipelineConfig> config = problems.isEmpty()
                ? own.config()
                        .map(mine -> mine.on(
                                new BaseEnvironment(baseName, base.config().orElseThrow())))
                : Optional.empty();
        return new Result(config, problems, own.warnings(), own.values());
    }

    private static List<ConfigProblem> problems(Result own, String name, PipelineConfig base, String baseName) {
        Locations mine = own.config().orElseThrow().locations();
        Locations theirs = base.locations();
        List<ConfigProblem> problems = new ArrayList<>();
        if (name.equals(baseName) || theirs.reads().isPresent()) {
            problems.add(problem(
                    own,
                    ErrorCode.INVALID_READS.code(),
                    "reads",
                    "reads " + baseName
                            + ", which reads another environment itself: name one that has its own tables"));
            return problems;
        }
        if (overlap(mine.warehouse(), theirs.warehouse()) || overlap(mine.warehouse(), theirs.landing())) {
            problems.add(problem(
                    own,
                    ErrorCode.ENVIRONMENTS_OVERLAP.code(),
                    "warehouse",
                    "lies in, or around, the warehouse or the landing folder of " + baseName + ", which " + name
                            + " must not write: give it a folder of its own"));
        }
        boolean sameServer =
                mine.mlflow().replaceAll("/+$", "").equals(theirs.mlflow().replaceAll("/+$", ""));
        if (mine.registryPrefix().equals(theirs.registryPrefix())) {
            problems.add(problem(
                    own,
                    ErrorCode.ENVIRONMENTS_OVERLAP.code(),
                    "registry-prefix",
                    "gives models and experiments the names that they have in " + baseName
                            + (sameServer ? ", on the same MLflow server" : "")
                            + ": write registry-prefix = \"" + name + ".\""));
        }
        return problems;
    }

    private static boolean overlap(String one, String other) {
        return Paths.overlap(absolute(one), absolute(other));
    }

    /** One folder may be written in two ways. */
    private static String absolute(String location) {
        String plain = location.replaceFirst("^file:/+", "/");
        return plain.matches("[A-Za-z][A-Za-z0-9+.-]*:.*")
                ? plain.replaceFirst("^s3[an]?:", "s3:")
                : Path.of(plain).toAbsolutePath().normalize().toString();
    }

    private static ConfigProblem problem(Result own, String code, String key, String message) {
        Origin origin = own.values().getOrDefault("penstock." + key, new Origin("", "", -1));
        return new ConfigProblem(code, "penstock." + key, origin.file(), origin.line(), "", message, List.of(), "");
    }
}
