package io.penstock.lineage;

import io.penstock.core.Manifest;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The graph whose nodes are manifests and whose edges are their pins: an input pin leads to the manifest that wrote it. */
public final class LineageGraph {
    private final List<Manifest> manifests;
    private final Map<Pin, List<Manifest>> writers = new HashMap<>();

    public LineageGraph(List<Manifest> manifests) {
        this.manifests = List.copyOf(manifests);
        for (Manifest manifest : manifests) {
            manifest.outputs()
                    .forEach(pin -> writers.computeIfAbsent(node(pin), key -> new ArrayList<>())
                            .add(manifest));
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

    /** The manifest and everything upstream of it, nearest first. */
    public List<Manifest> upstream(Manifest start) {
        Set<Manifest> seen = new LinkedHashSet<>();
        Deque<Manifest> open = new ArrayDeque<>(List.of(start));
        while (!open.isEmpty()) {
            Manifest manifest = open.poll();
            if (seen.add(manifest)) {
                for (Pin input : manifest.inputs()) {
                    open.addAll(writers.getOrDefault(node(input), List.of()));
                }
            }
        }
        return List.copyOf(seen);
    }

    /** Row counts do not name a table version. */
    private static Pin node(Pin pin) {
        return pin instanceof Pin.TablePin table ? new Pin.TablePin(table.table(), table.version(), 0) : pin;
    }
}
