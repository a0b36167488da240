package io.penstock.ingestion.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.ZstdCompressCtx;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.contract.Reject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** What a user reads of a file and of its records. */
public final class Told {
    static final String GOOD = "good";

    private Told() {}

    /** {@code good}, or code, rule and reason. */
    public static String of(Reject reject) {
        return reject == null ? GOOD : reject.code() + " " + reject.rule() + ": " + reject.reason();
    }

    static String file(ParsedFile parsed) {
        return of(parsed.reject());
    }

    static List<String> rows(ParsedFile parsed) {
        return parsed.reject() != null
                ? List.of(file(parsed))
                : parsed.records().stream().map(rec -> of(rec.reject())).toList();
    }

    public static ParsedFile parse(SourceSpec source, String text) {
        return parse(source, "a.csv", text.getBytes(UTF_8));
    }

    public static ParsedFile parse(SourceSpec source, String path, byte[] bytes) {
        SourceFormat format = SourceFormats.of(source);
        if (format instanceof TextFormat text) {
            return text.parse(path, bytes);
        }
        ParquetFormat parquet = (ParquetFormat) format;
        ParquetFile file = parquet.open(path, BytesInput.whole(bytes));
        List<ParsedFile.Rec> records = new ArrayList<>();
        parquet.records(path, file, file.rows(), 1).forEachRemaining(records::add);
        return file.reject() == null
                ? new ParsedFile(records, file.fresh(), List.of(), null)
                : ParsedFile.rejected(file.reject());
    }

    static List<Object> values(ParsedFile parsed, int record) {
        return Arrays.asList(parsed.records().get(record).values());
    }

    public static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    /** With its checksum, as the command line writes it. */
    static byte[] zstd(byte[] bytes) {
        try (ZstdCompressCtx context = new ZstdCompressCtx()) {
            return context.setChecksum(true).compress(bytes);
        }
    }
}
