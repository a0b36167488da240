package io.penstock.lineage;

import io.penstock.core.Manifest;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The graph whose nodes are manifests and whose edges are their pins: an input pin leads to the manifest that wrote it. */
public final class LineageGraph {
    private final List<Manifest> manifests;
    private final Map<Pin, List<Manifest>> writers = new HashMap<>();
    private final Map<String, List<Written>> tables = new HashMap<>();

    private record Written(long version, Manifest by) {}

    public LineageGraph(List<Manifest> manifests) {
        this.manifests = List.copyOf(manifests);
        for (Manifest manifest : manifests) {
            for (Pin pin : manifest.outputs()) {
                if (pin instanceof Pin.TablePin table) {
                    tables.computeIfAbsent(table.table(), name -> new ArrayList<>())
                            .add(new Written(table.version(), manifest));
                } else {
                    writers.computeIfAbsent(pin, key -> new ArrayList<>()).add(manifest);
                }
            }
        }
    }

    /** The manifest that published the model version, if this pipeline did. */
    public Optional<Manifest> promotion(Pin.ModelPin model) {
        return manifests.stream()
                .filter(manifest -> manifest.stage().equals(Stage.PROMOTE)
                        || manifest.stage().equals(Stage.IMPORT))
                .filter(manifest -> manifest.outputs().stream()
                        .anyMatch(pin -> pin instanceof Pin.ModelPin made
                                && made.sha256().equals(model.sha256())))
                .findFirst();
    }

    /**
     * The manifest and everything upstream of it, nearest first. A pin of a table names the version that was read: what stands
     * there of a unit was written by the last manifest of the unit up to that version, and a unit reads none after itself.
     */
    public List<Manifest> upstream(Manifest start) {
        Set<Manifest> seen = new LinkedHashSet<>();
        Deque<Manifest> open = new ArrayDeque<>(List.of(start));
        while (!open.isEmpty()) {
            Manifest manifest = open.poll();
            if (seen.add(manifest)) {
                manifest.inputs().forEach(input -> open.addAll(wrote(input, manifest)));
            }
        }
        return List.copyOf(seen);
    }

    private List<Manifest> wrote(Pin input, Manifest reader) {
        if (!(input instanceof Pin.TablePin read)) {
            return writers.getOrDefault(input, List.of());
        }
        Map<UnitId, Written> last = new TreeMap<>(Comparator.reverseOrder());
        for (Written written : tables.getOrDefault(read.table(), List.of())) {
            UnitId unit = written.by().unit();
            boolean wasRead = written.version() <= read.version()
                    && !unit.isAfter(reader.unit())
                    && !written.by().equals(reader);
            if (wasRead && (!last.containsKey(unit) || last.get(unit).version() <= written.version())) {
                last.put(unit, written);
            }
        }
        return last.values().stream().map(Written::by).toList();
    }
}
