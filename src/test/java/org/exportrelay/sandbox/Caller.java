package org.exportrelay.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A client of the sandbox that relies on the API's documentation only. */
final class Caller {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final Sandbox sandbox;
    private final Duration timeout;

    Caller(Sandbox sandbox) {
        this(sandbox, Duration.ofSeconds(20));
    }

    /**
     * @param timeout how long it waits for the whole of an answer
     */
    Caller(Sandbox sandbox, Duration timeout) {
        this.sandbox = sandbox;
        this.timeout = timeout;
    }

    /** A request to the API with its key; more headers may be added. */
    HttpRequest.Builder request(String pathAndQuery) {
        return anonymous(pathAndQuery).header("Authorization", "Bearer " + sandbox.key());
    }

    HttpRequest.Builder anonymous(String pathAndQuery) {
        return HttpRequest.newBuilder(URI.create(sandbox.apiUrl() + pathAndQuery));
    }

    HttpResponse<String> get(String pathAndQuery) throws IOException, InterruptedException {
        return send(request(pathAndQuery));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return send(request, BodyHandlers.ofString());
    }

    /** The body of an answer that must be a success. */
    JsonNode json(String pathAndQuery) throws IOException, InterruptedException {
        HttpResponse<String> answer = get(pathAndQuery);
        if (answer.statusCode() != 200) {
            throw new AssertionError(pathAndQuery + " answered " + answer.statusCode() + ": " + answer.body());
        }
        return JSON.readTree(answer.body());
    }

    JsonNode export(String id) throws IOException, InterruptedException {
        return json("/v1/exports/" + id).get("data");
    }

    /** A fresh download URL of the file. */
    String url(SandboxExport export, int index) throws IOException, InterruptedException {
        return export(export.id()).get("download_urls").get(index).get("url").asText();
    }

    HttpResponse<byte[]> download(String url, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return bytes(request);
    }

    HttpResponse<byte[]> bytes(HttpRequest.Builder request) throws IOException, InterruptedException {
        return send(request, BodyHandlers.ofByteArray());
    }

    /** With a timeout of its own: the one of the HTTP client covers the headers only, and a stall follows them. */
    private <T> HttpResponse<T> send(HttpRequest.Builder request, BodyHandler<T> body)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<T>> answer = http.sendAsync(request.build(), body);
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new HttpTimeoutException("no whole answer within " + timeout);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    static JsonNode tree(HttpResponse<String> answer) throws IOException {
        return JSON.readTree(answer.body());
    }

    static JsonNode error(HttpResponse<String> answer) throws IOException {
        return tree(answer).get("error");
    }
}
