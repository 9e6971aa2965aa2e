package org.exportrelay.api;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;
import org.exportrelay.config.Durations;

/**
 * Reads the API's answers to their end, within a size and a time, so that a cut body counts as a
 * failed call and is requested again. Thread-safe.
 */
final class AnswerReader {

    private static final int BUFFER = 16 * 1024;
    /** Far above any page of 100 exports; an answer beyond it is not a list of exports. */
    private static final int LARGEST_ANSWER = 16 * 1024 * 1024;

    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final Duration timeout;

    /**
     * @param timeout for each read; all together may take twice as long
     */
    AnswerReader(Duration timeout) {
        this.timeout = timeout;
    }

    /**
     * The answer with its body in memory, without a byte order mark in front.
     *
     * @throws UnusableAnswerException if the body is too large, or is missing although the request was successful
     */
    ClassicHttpResponse read(ClassicHttpResponse response, ExecChain.Scope scope) throws IOException, HttpException {
        HttpEntity entity = response.getEntity();
        if (entity == null) {
            checkBody(response.getCode(), 0);
            return response;
        }
        try (response) {
            byte[] body = withoutMark(read(entity.getContent(), scope));
            checkBody(response.getCode(), body.length);
            BasicClassicHttpResponse complete =
                    new BasicClassicHttpResponse(response.getCode(), response.getReasonPhrase());
            complete.setHeaders(response.getHeaders());
            complete.setEntity(new ByteArrayEntity(body, ContentType.parseLenient(entity.getContentType())));
            return complete;
        }
    }

    private static void checkBody(int status, int length) throws UnusableAnswerException {
        if (length == 0 && status < HttpStatus.SC_REDIRECTION) {
            throw new UnusableAnswerException("the API answered " + status
                    + " without a body, where it documents JSON; check that relay.api.url leads to the API itself");
        }
    }

    private static byte[] withoutMark(byte[] body) {
        int mark = BYTE_ORDER_MARK.length;
        boolean isMarked = body.length >= mark && Arrays.equals(body, 0, mark, BYTE_ORDER_MARK, 0, mark);
        return isMarked ? Arrays.copyOfRange(body, mark, body.length) : body;
    }

    /** Each read has its own timeout; without one for all of them, a body that drips would never end. */
    private byte[] read(InputStream content, ExecChain.Scope scope) throws IOException, HttpException {
        long deadline = System.nanoTime() + timeout.multipliedBy(2).toNanos();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] buffer = new byte[BUFFER];
        for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
            body.write(buffer, 0, n);
            if (body.size() > LARGEST_ANSWER) {
                // Closing the answer would read it to its end, however long it is.
                scope.execRuntime.discardEndpoint();
                throw new UnusableAnswerException(
                        "the answer is larger than " + LARGEST_ANSWER
                                + " bytes, the limit of the relay; lower relay.poll.page-size, so that a page has fewer exports");
            }
            if (System.nanoTime() > deadline) {
                scope.execRuntime.discardEndpoint();
                throw new IOException("its answer took longer than twice relay.api.timeout=" + Durations.text(timeout));
            }
        }
        return body.toByteArray();
    }
}
