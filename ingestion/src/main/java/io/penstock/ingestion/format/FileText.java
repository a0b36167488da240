package io.penstock.ingestion.format;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.penstock.core.ErrorCode;
import io.penstock.ingestion.contract.Reject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/**
 * The text of a whole file, or why it has none. A packed file is unpacked completely before anything is parsed, so that a
 * truncated one never gives a part of its rows.
 *
 * @param text null when rejected
 * @param isDamaged whether bytes that are not of its encoding were replaced by U+FFFD
 * @param isPlain whether it holds nothing but printable ASCII, tabs and line ends
 */
public record FileText(String text, boolean isDamaged, boolean isPlain, Reject reject) {
    /** Largest file that is parsed whole, packed or unpacked: in memory, by one task. */
    public static final long LARGEST = 256L << 20;

    public static final String MAY_BE_LARGER = "CSV and JSON that are not packed, nor in UTF-16, may be larger";

    static final int HIGHEST_RATIO = 500;
    private static final int RATIO_FROM = 16 << 20;
    private static final int SNIFFED = 8192;

    /** How a file may be packed; its first bytes decide, its name must agree. */
    private enum Packing {
        GZIP("gzip", List.of(".gz"), 0x1f, 0x8b),
        ZSTD("zstd", List.of(".zst", ".zstd"), 0x28, 0xb5, 0x2f, 0xfd);

        private final String shown;
        private final List<String> endings;
        private final int[] magic;

        Packing(String shown, List<String> endings, int... magic) {
            this.shown = shown;
            this.endings = endings;
            this.magic = magic;
        }

        private InputStream open(byte[] packed) throws IOException {
            InputStream in = new ByteArrayInputStream(packed);
            return this == GZIP ? new GZIPInputStream(in, 1 << 16) : new ZstdInputStreamNoFinalizer(in);
        }

        private boolean isOf(byte[] bytes) {
            return starts(bytes, magic);
        }

        private boolean isNamedBy(String path) {
            return endings.stream().anyMatch(path.toLowerCase(Locale.ROOT)::endsWith);
        }
    }

    static boolean isNamedAsPacked(String path) {
        return Arrays.stream(Packing.values()).anyMatch(packing -> packing.isNamedBy(path));
    }

    /** @param head the first bytes of a file */
    static boolean isPacked(byte[] head) {
        return Arrays.stream(Packing.values()).anyMatch(packing -> packing.isOf(head));
    }

    /**
     * Why a file that is not packed holds no text, or null.
     *
     * @param head its first bytes, at least 8232 if it has as many
     */
    static Reject strange(byte[] head, Charset encoding) {
        return head.length == 0 ? nothing() : sniff(head, encoding);
    }

    /** Bytes that mark a file as UTF-8 and are no part of its text. */
    static int marked(byte[] head) {
        int mark = starts(head, 0xef, 0xbb, 0xbf) ? 3 : 0;
        return starts(head, 0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf) ? 2 * mark : mark;
    }

    /** The text of a piece of a file, as it stands in the text of the whole. */
    static FileText split(byte[] bytes, Charset encoding, boolean isDamaged) {
        boolean isPlain = isPlain(bytes, 0);
        String text = new String(bytes, isPlain ? StandardCharsets.ISO_8859_1 : encoding);
        return new FileText(text, isDamaged, isPlain, null);
    }

    public static FileText of(String path, byte[] bytes, Charset encoding) {
        if (bytes.length == 0) {
            return new FileText(null, false, false, nothing());
        }
        byte[] content = bytes;
        for (Packing packing : Packing.values()) {
            if (packing.isOf(bytes)) {
                try {
                    content = unpack(packing, bytes);
                } catch (TooLarge e) {
                    return bad(ErrorCode.UNPACKS_TOO_LARGE.code(), "unpacked-size", e.getMessage());
                } catch (EOFException e) {
                    return bad(
                            ErrorCode.COMPRESSION_DAMAGED.code(),
                            packing.shown,
                            "The " + packing.shown + " file is truncated");
                } catch (IOException e) {
                    return damaged(packing, e);
                }
                if (content.length == 0) {
                    return bad(ErrorCode.FILE_EMPTY.code(), "not-empty", "The file unpacks to 0 bytes");
                }
            } else if (packing.isNamedBy(path)) {
                return bad(
                        ErrorCode.NOT_COMPRESSED_AS_NAMED.code(),
                        packing.shown,
                        "The file is not " + packing.shown + ", though its name ends in "
                                + path.substring(path.lastIndexOf('.')));
            }
        }
        Reject strange = sniff(content, encoding);
        return strange == null ? decode(content, encoding) : new FileText(null, false, false, strange);
    }

    private static FileText damaged(Packing packing, IOException e) {
        boolean isCut = String.valueOf(e.getMessage()).contains("Truncated");
        return bad(
                ErrorCode.COMPRESSION_DAMAGED.code(),
                packing.shown,
                "The " + packing.shown + " file is " + (isCut ? "truncated" : "damaged: " + e.getMessage()));
    }

    private static Reject nothing() {
        return new Reject(ErrorCode.FILE_EMPTY.code(), "not-empty", "The file has 0 bytes");
    }

    private static Reject sniff(byte[] bytes, Charset encoding) {
        String archive = archive(bytes);
        if (archive != null) {
            return new Reject(
                    ErrorCode.FILE_IS_ARCHIVE.code(),
                    "plain-text",
                    "The file is " + archive + "; land plain text, gzip or zstd");
        }
        if (starts(bytes, 'P', 'A', 'R', '1')) {
            return new Reject(
                    ErrorCode.FILE_IS_BINARY.code(),
                    "plain-text",
                    "The file is Parquet, not text; declare format = parquet");
        }
        boolean isWide = encoding.equals(StandardCharsets.UTF_16);
        int seen = Math.min(bytes.length, SNIFFED);
        int zeros = 0;
        int controls = 0;
        for (int i = 0; i < seen; i++) {
            byte b = bytes[i];
            zeros += b == 0 ? 1 : 0;
            controls += b >= 0 && b < 32 && b != '\n' && b != '\r' && b != '\t' && !(isWide && b == 0) ? 1 : 0;
        }
        boolean isMarked = starts(bytes, 0xff, 0xfe) || starts(bytes, 0xfe, 0xff);
        // Plain text in UTF-16 has a zero in every other byte; a file of zeros is what a crash leaves.
        if (!isWide && (isMarked || (zeros * 10L > seen * 3L && zeros * 10L < seen * 6L && zeros == controls))) {
            return new Reject(
                    ErrorCode.UNDECLARED_UTF16.code(),
                    "utf-8",
                    "The file is UTF-16; land UTF-8, or declare encoding = utf-16");
        }
        if (controls * 20L > seen) {
            return new Reject(ErrorCode.FILE_IS_BINARY.code(), "plain-text", "The file is binary, not text");
        }
        int first = starts(bytes, 0xef, 0xbb, 0xbf) ? 3 : 0;
        while (first < seen && (bytes[first] == ' ' || (bytes[first] >= '\t' && bytes[first] <= '\r'))) {
            first++;
        }
        if (first < seen && bytes[first] == '<') {
            String start = new String(bytes, first, Math.min(40, bytes.length - first), StandardCharsets.UTF_8);
            return new Reject(
                    ErrorCode.FILE_IS_MARKUP.code(),
                    "plain-text",
                    "The file is HTML or XML, it starts with " + Reject.shown(start));
        }
        return null;
    }

    private static String archive(byte[] bytes) {
        if (starts(bytes, 'P', 'K', 3, 4)) {
            return "a zip archive";
        }
        if (starts(bytes, 0x1f, 0x8b)) {
            return "packed twice";
        }
        if (starts(bytes, '7', 'z', 0xbc, 0xaf)) {
            return "a 7z archive";
        }
        if (starts(bytes, 0xfd, '7', 'z', 'X')
                || starts(bytes, 0x28, 0xb5, 0x2f, 0xfd)
                || starts(bytes, 'B', 'Z', 'h')) {
            return "packed by something other than gzip or zstd";
        }
        if (bytes.length > 262 && new String(bytes, 257, 5, StandardCharsets.ISO_8859_1).equals("ustar")) {
            return "a tar archive";
        }
        return starts(bytes, 'S', 'a', 'l', 't', 'e', 'd', '_', '_') ? "encrypted" : null;
    }

    private static FileText decode(byte[] bytes, Charset declared) {
        boolean isMarked = starts(bytes, 0xef, 0xbb, 0xbf);
        int start = isMarked ? 3 : 0;
        int length = bytes.length - start;
        Charset encoding = isMarked ? StandardCharsets.UTF_8 : exact(bytes, declared);
        if (!declared.equals(StandardCharsets.UTF_16) && isPlain(bytes, start)) {
            return new FileText(new String(bytes, start, length, StandardCharsets.ISO_8859_1), false, true, null);
        }
        String text = new String(bytes, start, length, encoding);
        if (text.startsWith("\uFEFF")) {
            text = text.substring(1);
        }
        boolean isDamaged = text.indexOf('\uFFFD') >= 0 && !isSound(bytes, start, encoding);
        return new FileText(text, isDamaged, false, null);
    }

    /** UTF-16 without a byte order mark is told by where the zeros of its ASCII characters stand. */
    private static Charset exact(byte[] bytes, Charset declared) {
        boolean isUnmarked =
                declared.equals(StandardCharsets.UTF_16) && !starts(bytes, 0xff, 0xfe) && !starts(bytes, 0xfe, 0xff);
        return isUnmarked && bytes.length > 1 && bytes[1] == 0 ? StandardCharsets.UTF_16LE : declared;
    }

    private static boolean isPlain(byte[] bytes, int start) {
        for (int i = start; i < bytes.length; i++) {
            byte b = bytes[i];
            if (b < ' ' ? b != '\n' && b != '\r' && b != '\t' : b == 0x7f) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSound(byte[] bytes, int start, Charset encoding) {
        try {
            encoding.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes, start, bytes.length - start));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    static boolean isBomb(long packed, long unpacked) {
        return unpacked > RATIO_FROM && unpacked / HIGHEST_RATIO > packed;
    }

    private static byte[] unpack(Packing packing, byte[] packed) throws IOException {
        try (InputStream in = packing.open(packed)) {
            ByteArrayOutputStream out = new ByteArrayOutputStream(Math.max(32, Math.min(packed.length, 64 << 20) * 4));
            byte[] buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                out.write(buffer, 0, read);
                boolean isBomb = isBomb(packed.length, out.size());
                if (isBomb || out.size() > LARGEST) {
                    throw new TooLarge(packed.length + " bytes unpack to more than " + out.size() + " (at most "
                            + LARGEST + " bytes and " + HIGHEST_RATIO + " times the packed size"
                            + (isBomb ? ")" : "; " + MAY_BE_LARGER + ")"));
                }
            }
            return out.toByteArray();
        }
    }

    private static final class TooLarge extends IOException {
        private static final long serialVersionUID = 1L;

        TooLarge(String message) {
            super(message);
        }
    }

    private static boolean starts(byte[] bytes, int... magic) {
        if (bytes.length < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((bytes[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    private static FileText bad(String code, String rule, String reason) {
        return new FileText(null, false, false, new Reject(code, rule, reason));
    }
}
