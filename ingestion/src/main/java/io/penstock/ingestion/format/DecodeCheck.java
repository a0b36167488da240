package io.penstock.ingestion.format;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;

/** Whether a stream of bytes can be decoded in an encoding. */
final class DecodeCheck {
    private final CharsetDecoder decoder;
    private final CharBuffer ignored = CharBuffer.allocate(1 << 13);
    private byte[] rest = new byte[0];
    private boolean isBroken;

    DecodeCheck(Charset encoding) {
        this.decoder = encoding.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    void take(byte[] bytes, int from, int to) {
        if (isBroken) {
            return;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, from, to - from);
        if (rest.length > 0) {
            in = ByteBuffer.allocate(rest.length + to - from)
                    .put(rest)
                    .put(bytes, from, to - from)
                    .flip();
        }
        decode(in, false);
        rest = new byte[in.remaining()];
        in.get(rest);
    }

    /** Whether any byte was not, as far as bytes were taken and make up a character. */
    boolean isBrokenSoFar() {
        return isBroken;
    }

    /** Whether any byte was not; no more can be taken then. */
    boolean isBroken() {
        if (!isBroken) {
            decode(ByteBuffer.wrap(rest), true);
        }
        return isBroken;
    }

    private void decode(ByteBuffer in, boolean isEnd) {
        CoderResult result = CoderResult.OVERFLOW;
        while (result.isOverflow()) {
            ignored.clear();
            result = decoder.decode(in, ignored, isEnd);
        }
        isBroken = result.isError();
    }
}
