package io.penstock.core.history;

import io.penstock.core.Clock;
import io.penstock.core.ManifestHead;
import io.penstock.core.Stage;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.delta.DeltaTables;
import io.penstock.core.kernel.KernelManifestStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What an environment takes from its base instead of making it. A stage is borrowed whole or not at all: when its
 * definition is that of the base's newest manifest, and so are those of the stages it needs. Then its finished units are
 * the base's, its tables are read there at the versions that the manifests tell, and this environment never runs it.
 * Training, promotion, scores and their evaluation are never borrowed: they bear the names of their environment.
 */
public final class BaseHistory {
    private static final Set<Stage> MAY_BE = Set.of(Stage.INGEST, Stage.FEATURES, Stage.TRAINING_SET);

    private record Key(Stage stage, String subject) {}

    private final String environment;
    private final History base;
    private final Map<Key, StageDefinition> jobs = new HashMap<>();
    private final String root;

    /**
     * Pure.
     *
     * @param jobs of this environment, all of them, in their order
     * @param base what the other environment has done
     */
    public BaseHistory(String environment, String root, List<? extends StageDefinition> jobs, History base) {
        this.environment = environment;
        this.root = root;
        this.base = base;
        for (StageDefinition job : jobs) {
            boolean sameBefore = job.upstream().stream().allMatch(need -> has(need.stage(), need.subject()));
            if (MAY_BE.contains(job.stage()) && sameBefore && isTheirs(job)) {
                this.jobs.put(new Key(job.stage(), job.subject()), job);
            }
        }
    }

    /** Of a configuration that reads another environment; its control tables are read once. */
    public static Optional<BaseHistory> of(PipelineConfig config, List<? extends StageDefinition> jobs) {
        return config.base()
                .map(other -> new BaseHistory(
                        other.environment(),
                        other.config().root(),
                        jobs,
                        History.of(KernelManifestStore.of(other.config(), Clock.system()))));
    }

    private boolean isTheirs(StageDefinition job) {
        return base.newest(job.stage(), job.subject())
                .filter(ManifestHead::isDone)
                .findFirst()
                .filter(head -> job.isBy(head) && job.lacks(head).isEmpty())
                .isPresent();
    }

    public String environment() {
        return environment;
    }

    History base() {
        return base;
    }

    boolean has(Stage stage, String subject) {
        return jobs.containsKey(new Key(stage, subject));
    }

    /** This environment's own history, with the base's finished units in the place of what is borrowed. */
    public History with(History own) {
        List<ManifestHead> heads = new ArrayList<>();
        base.heads().stream().filter(ManifestHead::isDone).forEach(head -> borrowed(head, heads));
        own.heads().stream().filter(head -> !has(head.stage(), head.subject())).forEach(heads::add);
        return new History(
                heads,
                has(Stage.INGEST, "") ? base::ledger : own::ledger,
                own.open().stream()
                        .filter(intent -> !has(intent.stage(), intent.subject()))
                        .toList(),
                Optional.of(this));
    }

    /** Features that were told of all views together are borrowed for those of them that are. */
    private void borrowed(ManifestHead head, List<ManifestHead> heads) {
        if (has(head.stage(), head.subject())) {
            heads.add(head);
        } else if (head.stage().equals(Stage.FEATURES) && head.subject().isEmpty()) {
            base.views(head).stream()
                    .filter(view -> has(Stage.FEATURES, view))
                    .forEach(view -> heads.add(head.of(view)));
        }
    }

    /** The borrowed tables, where they lie and at which version. */
    public Map<String, DeltaTables.Borrowed> tables() {
        Map<String, DeltaTables.Borrowed> tables = new HashMap<>();
        jobs.forEach((key, job) -> job.outputs()
                .forEach(table -> tables.put(
                        table,
                        new DeltaTables.Borrowed(
                                root, base.lastVersion(key.stage(), key.subject(), table, Set.of())))));
        return tables;
    }
}
