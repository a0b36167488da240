package io.penstock.core.kernel;

import io.penstock.core.Intent;
import io.penstock.core.Json;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** An intent as its JSON has it: {@link Json} writes dates as keys of maps, but reads only text there. */
record IntentBody(
        String pipeline,
        Stage stage,
        String subject,
        String runId,
        List<UnitId> units,
        String recipe,
        Map<String, String> inputContents,
        Map<String, List<Pin.FilePin>> files,
        Map<String, Long> bases,
        Instant opened,
        String state) {
    static Intent read(String json) {
        IntentBody body = Json.read(json, IntentBody.class);
        return new Intent(
                body.pipeline,
                body.stage,
                body.subject,
                body.runId,
                body.units,
                body.recipe,
                byDate(body.inputContents),
                byDate(body.files),
                body.bases,
                body.opened,
                body.state);
    }

    private static <V> Map<UnitId, V> byDate(Map<String, V> byText) {
        Map<UnitId, V> result = new TreeMap<>();
        if (byText != null) {
            byText.forEach((date, value) -> result.put(UnitId.parse(date), value));
        }
        return result;
    }
}
