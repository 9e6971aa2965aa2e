package org.exportrelay.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.lang.JoseException;

/**
 * An OpenID Connect provider with discovery, keys, and the code flow with PKCE. Whoever comes to it is logged in as the
 * current user. Its access tokens have roles where Keycloak's have them, its ID tokens have none.
 */
public final class OidcProvider implements AutoCloseable {

    public static final String CLIENT = "export-relay";
    public static final String SECRET = "client-secret-of-the-relay-0123456789";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final int port = FreePort.find();
    private final RsaJsonWebKey key = key();
    private final Map<String, Map<String, String>> codes = new ConcurrentHashMap<>();
    private final AtomicInteger requests = new AtomicInteger();
    private final Map<String, User> sessions = new ConcurrentHashMap<>();
    private final AtomicInteger refreshes = new AtomicInteger();
    private volatile Duration lifetime = Duration.ofMinutes(10);
    private volatile User user = new User("nobody");
    private HttpServer server;

    private record User(String name, String... roles) {}

    /** Begins to answer. */
    public OidcProvider start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        answer("/.well-known/openid-configuration", exchange -> send(exchange, discovery()));
        answer("/keys", exchange -> send(exchange, new JsonWebKeySet(key).toJson(OutputControlLevel.PUBLIC_ONLY)));
        answer("/authorize", this::authorize);
        answer("/token", this::token);
        server.start();
        return this;
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    /** How many requests it has received. */
    public int requests() {
        return requests.get();
    }

    /** Who logs in from now on. */
    public void logInAs(String name, String... roles) {
        user = new User(name, roles);
    }

    /** How long the tokens of logins are valid from now on. */
    public void limitTokens(Duration lifetime) {
        this.lifetime = lifetime;
    }

    /** How often tokens were refreshed. */
    public int refreshes() {
        return refreshes.get();
    }

    /** Ends all sessions, as an administrator does: their refresh tokens are refused. */
    public void endSessions() {
        sessions.clear();
    }

    /** An access token of the client. */
    public String accessToken(String name, String... roles) {
        return signed(key, claims(name, CLIENT, Duration.ofMinutes(10), roles));
    }

    /** An access token that has ended. */
    public String endedToken(String name, String... roles) {
        return signed(key, claims(name, CLIENT, Duration.ofMinutes(-10), roles));
    }

    /** An access token of another client. */
    public String tokenOf(String client, String name, String... roles) {
        return signed(key, claims(name, client, Duration.ofMinutes(10), roles));
    }

    /** An access token that another provider has signed. */
    public String forgedToken(String name, String... roles) {
        return signed(key(), claims(name, CLIENT, Duration.ofMinutes(10), roles));
    }

    private void authorize(HttpExchange exchange) throws IOException {
        Map<String, String> query = fields(exchange.getRequestURI().getRawQuery());
        String code = UUID.randomUUID().toString();
        codes.put(code, query);
        exchange.getResponseHeaders()
                .set(
                        "Location",
                        query.get("redirect_uri") + "?code=" + code + "&state="
                                + URLEncoder.encode(query.get("state"), UTF_8));
        exchange.sendResponseHeaders(302, -1);
        exchange.close();
    }

    private void token(HttpExchange exchange) throws IOException {
        Map<String, String> form = fields(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
        String login = Base64.getEncoder().encodeToString((CLIENT + ":" + SECRET).getBytes(UTF_8));
        boolean isClient =
                ("Basic " + login).equals(exchange.getRequestHeaders().getFirst("Authorization"));
        if (isClient && "refresh_token".equals(form.get("grant_type"))) {
            refresh(exchange, form.get("refresh_token"));
            return;
        }
        Map<String, String> asked = codes.remove(form.getOrDefault("code", ""));
        boolean isRight = isClient
                && asked != null
                && challenge(form.get("code_verifier")).equals(asked.get("code_challenge"))
                && asked.get("redirect_uri").equals(form.get("redirect_uri"));
        if (!isRight) {
            exchange.sendResponseHeaders(400, -1);
            exchange.close();
            return;
        }
        grant(exchange, user, asked.get("nonce"));
    }

    private void refresh(HttpExchange exchange, String token) throws IOException {
        User known = sessions.remove(token);
        if (known == null) {
            send(exchange, 400, json(Map.of("error", "invalid_grant", "error_description", "Session not active")));
            return;
        }
        refreshes.incrementAndGet();
        grant(exchange, known, null);
    }

    private void grant(HttpExchange exchange, User to, String nonce) throws IOException {
        JwtClaims id = claims(to.name(), CLIENT, lifetime);
        if (nonce != null) {
            id.setClaim("nonce", nonce);
        }
        String session = UUID.randomUUID().toString();
        sessions.put(session, to);
        Map<String, Object> tokens = new LinkedHashMap<>();
        tokens.put("access_token", signed(key, claims(to.name(), CLIENT, lifetime, to.roles())));
        tokens.put("id_token", signed(key, id));
        tokens.put("refresh_token", session);
        tokens.put("token_type", "Bearer");
        tokens.put("expires_in", lifetime.toSeconds());
        send(exchange, json(tokens));
    }

    private String discovery() {
        return json(Map.of(
                "issuer",
                url(),
                "authorization_endpoint",
                url() + "/authorize",
                "token_endpoint",
                url() + "/token",
                "jwks_uri",
                url() + "/keys",
                "end_session_endpoint",
                url() + "/end"));
    }

    private JwtClaims claims(String name, String audience, Duration lifetime, String... roles) {
        JwtClaims claims = new JwtClaims();
        claims.setIssuer(url());
        claims.setSubject("id-of-" + name);
        claims.setAudience(audience);
        claims.setIssuedAtToNow();
        NumericDate end = NumericDate.now();
        end.addSeconds(lifetime.toSeconds());
        claims.setExpirationTime(end);
        claims.setClaim("preferred_username", name);
        if (roles.length > 0) {
            claims.setClaim("realm_access", Map.of("roles", List.of(roles)));
        }
        return claims;
    }

    private static String signed(RsaJsonWebKey signer, JwtClaims claims) {
        try {
            JsonWebSignature token = new JsonWebSignature();
            token.setPayload(claims.toJson());
            token.setKey(signer.getPrivateKey());
            token.setKeyIdHeaderValue(signer.getKeyId());
            token.setAlgorithmHeaderValue("RS256");
            return token.getCompactSerialization();
        } catch (JoseException e) {
            throw new IllegalStateException(e);
        }
    }

    private static RsaJsonWebKey key() {
        try {
            RsaJsonWebKey key = RsaJwkGenerator.generateJwk(2048);
            key.setKeyId("key-1");
            key.setAlgorithm("RS256");
            key.setUse("sig");
            return key;
        } catch (JoseException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String challenge(String verifier) {
        try {
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> fields(String form) {
        Map<String, String> fields = new HashMap<>();
        for (String field : form.split("&")) {
            String[] parts = field.split("=", 2);
            fields.put(URLDecoder.decode(parts[0], UTF_8), URLDecoder.decode(parts[1], UTF_8));
        }
        return fields;
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void send(HttpExchange exchange, String json) throws IOException {
        send(exchange, 200, json);
    }

    private static void send(HttpExchange exchange, int status, String json) throws IOException {
        byte[] bytes = json.getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private void answer(String path, HttpHandler handler) {
        server.createContext(path, exchange -> {
            requests.incrementAndGet();
            handler.handle(exchange);
        });
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
