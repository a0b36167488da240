package io.penstock.ingestion;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/**
 * The text of a whole file, or why it is none. A gzip file is unpacked completely before anything is parsed, so that a
 * truncated one never gives a part of its rows.
 *
 * @param text null when rejected
 * @param isDamaged whether bytes that are not UTF-8 were replaced by U+FFFD
 */
record FileText(String text, boolean isDamaged, Reject reject) {
    /** Largest file, packed or unpacked: a file is parsed in memory, by one task. */
    static final long LARGEST = 256L << 20;

    private static final int HIGHEST_RATIO = 500;
    private static final int RATIO_FROM = 16 << 20;
    private static final int SNIFFED = 8192;

    static FileText of(String path, byte[] bytes) {
        if (bytes.length == 0) {
            return bad("PEN-ING-003", "not-empty", "The file has 0 bytes");
        }
        byte[] content = bytes;
        if (starts(bytes, 0x1f, 0x8b)) {
            try {
                content = unpack(bytes);
            } catch (TooLarge e) {
                return bad("PEN-ING-008", "unpacked-size", e.getMessage());
            } catch (EOFException e) {
                return bad("PEN-ING-005", "gzip", "The gzip file is truncated");
            } catch (IOException e) {
                return bad("PEN-ING-005", "gzip", "The gzip file is damaged: " + e.getMessage());
            }
            if (content.length == 0) {
                return bad("PEN-ING-003", "not-empty", "The file unpacks to 0 bytes");
            }
        } else if (path.toLowerCase(Locale.ROOT).endsWith(".gz")) {
            return bad("PEN-ING-006", "gzip", "The file is not gzip, though its name ends in .gz");
        }
        Reject strange = sniff(content);
        return strange == null ? decode(content) : new FileText(null, false, strange);
    }

    private static Reject sniff(byte[] bytes) {
        String archive = archive(bytes);
        if (archive != null) {
            return new Reject("PEN-ING-007", "plain-text", "The file is " + archive + "; land plain text or gzip");
        }
        int seen = Math.min(bytes.length, SNIFFED);
        int zeros = 0;
        int controls = 0;
        for (int i = 0; i < seen; i++) {
            byte b = bytes[i];
            zeros += b == 0 ? 1 : 0;
            controls += b >= 0 && b < 32 && b != '\n' && b != '\r' && b != '\t' ? 1 : 0;
        }
        boolean isMarked = starts(bytes, 0xff, 0xfe) || starts(bytes, 0xfe, 0xff);
        // Plain text in UTF-16 has a zero in every other byte; a file of zeros is what a crash leaves.
        if (isMarked || (zeros * 10L > seen * 3L && zeros * 10L < seen * 6L && zeros == controls)) {
            return new Reject("PEN-ROW-009", "utf-8", "The file is UTF-16; land UTF-8");
        }
        if (controls * 20L > seen) {
            return new Reject("PEN-ING-009", "plain-text", "The file is binary, not text");
        }
        int first = starts(bytes, 0xef, 0xbb, 0xbf) ? 3 : 0;
        while (first < seen && (bytes[first] == ' ' || (bytes[first] >= '\t' && bytes[first] <= '\r'))) {
            first++;
        }
        if (first < seen && bytes[first] == '<') {
            String start = new String(bytes, first, Math.min(40, bytes.length - first), StandardCharsets.UTF_8);
            return new Reject(
                    "PEN-ING-010", "plain-text", "The file is HTML or XML, it starts with " + Reject.shown(start));
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
            return "packed by something other than gzip";
        }
        if (bytes.length > 262 && new String(bytes, 257, 5, StandardCharsets.ISO_8859_1).equals("ustar")) {
            return "a tar archive";
        }
        return starts(bytes, 'S', 'a', 'l', 't', 'e', 'd', '_', '_') ? "encrypted" : null;
    }

    private static FileText decode(byte[] bytes) {
        int start = starts(bytes, 0xef, 0xbb, 0xbf) ? 3 : 0;
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes, start, bytes.length - start))
                    .toString();
            return new FileText(text, false, null);
        } catch (CharacterCodingException e) {
            return new FileText(new String(bytes, start, bytes.length - start, StandardCharsets.UTF_8), true, null);
        }
    }

    private static byte[] unpack(byte[] packed) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed), 1 << 16)) {
            ByteArrayOutputStream out = new ByteArrayOutputStream(packed.length * 4);
            byte[] buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                out.write(buffer, 0, read);
                boolean isBomb = out.size() > RATIO_FROM && out.size() / HIGHEST_RATIO > packed.length;
                if (isBomb || out.size() > LARGEST) {
                    throw new TooLarge(packed.length + " bytes unpack to more than " + out.size() + " (at most "
                            + LARGEST + " bytes and " + HIGHEST_RATIO + " times the packed size)");
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
        return new FileText(null, false, new Reject(code, rule, reason));
    }
}
