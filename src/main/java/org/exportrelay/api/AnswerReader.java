package org.exportrelay.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
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
    static final int LARGEST_ANSWER = 16 * 1024 * 1024;

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
     * @param isSingle whether it has a single export, which is then read without its files if it is too large
     * @throws AnswerTooLargeException if a page with fewer exports may be small enough
     * @throws UnusableAnswerException if the body is too large, or is missing although the request was successful
     */
    ClassicHttpResponse read(ClassicHttpResponse response, boolean isSingle, ExecChain.Scope scope)
            throws IOException, HttpException {
        HttpEntity entity = response.getEntity();
        if (entity == null) {
            checkBody(response.getCode(), 0);
            return response;
        }
        try (response) {
            byte[] body = withoutMark(read(entity.getContent(), isSingle, scope));
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

    private byte[] read(InputStream content, boolean isSingle, ExecChain.Scope scope)
            throws IOException, HttpException {
        InputStream timed = new TimedStream(content);
        try {
            byte[] body = timed.readNBytes(LARGEST_ANSWER + 1);
            if (body.length <= LARGEST_ANSWER) {
                return body;
            }
            if (isSingle) {
                return OversizeEntry.withoutFiles(
                        new SequenceInputStream(new ByteArrayInputStream(withoutMark(body)), timed));
            }
            throw new AnswerTooLargeException(LARGEST_ANSWER);
        } catch (JsonProcessingException notJson) {
            scope.execRuntime.discardEndpoint();
            throw new AnswerTooLargeException(LARGEST_ANSWER);
        } catch (IOException e) {
            // Closing the answer would read it to its end, however long it is.
            scope.execRuntime.discardEndpoint();
            throw e;
        }
    }

    /** Each read has its own timeout; without one for all of them, a body that drips would never end. */
    private final class TimedStream extends FilterInputStream {

        private final long deadline =
                System.nanoTime() + timeout.multipliedBy(2).toNanos();

        TimedStream(InputStream content) {
            super(content);
        }

        @Override
        public int read(byte[] buffer, int start, int length) throws IOException {
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("its answer took longer than twice relay.api.timeout=" + Durations.text(timeout));
            }
            return super.read(buffer, start, Math.min(length, BUFFER));
        }
    }
}
