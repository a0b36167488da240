package io.penstock.jobs.cluster;

import io.penstock.core.ErrorCode;
import io.penstock.core.ExitCode;
import io.penstock.core.PenstockException;
import java.util.List;
import java.util.stream.Collectors;

/** One reason why a run cannot go well on this cluster, and what to change. */
record ClusterProblem(ErrorCode code, String what, String where, String remedy) {

    /** All of them in one exception. While one needs another setting, trying again is of no use, whatever the others say. */
    static PenstockException exception(List<ClusterProblem> problems) {
        ClusterProblem first = problems.stream()
                .filter(problem -> problem.exit() == ExitCode.CONFIGURATION)
                .findFirst()
                .orElse(problems.get(0));
        if (problems.size() == 1) {
            return new PenstockException(first.code(), first.what(), first.where(), first.remedy());
        }
        return new PenstockException(
                first.code(),
                problems.size() + " problems with the cluster:"
                        + problems.stream().map(ClusterProblem::line).collect(Collectors.joining()),
                problems.stream().map(ClusterProblem::where).distinct().collect(Collectors.joining(", ")),
                "Change what each line says");
    }

    ExitCode exit() {
        return code.exit();
    }

    private String line() {
        return "\n      " + code + " " + what + "\n        " + remedy;
    }
}
