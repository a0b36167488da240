package io.penstock.training.mlflow;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.UserInfo;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/**
 * Where an MLflow server is and how one is let in: its address without name and password, the login, and TLS. Login and TLS
 * come from the variables that MLflow's own clients read; a name and password in the address win over them.
 */
final class MlflowAccess {
    static final String USERNAME = "MLFLOW_TRACKING_USERNAME";
    static final String PASSWORD = "MLFLOW_TRACKING_PASSWORD";
    static final String TOKEN = "MLFLOW_TRACKING_TOKEN";
    private static final Pattern PRINTABLE = Pattern.compile("[\\x21-\\x7e]+");

    /** @param from where the login was found, for messages */
    private record Login(String header, String from) {}

    private final String base;
    private final Optional<Login> login;
    private final Optional<SSLContext> tls;

    private MlflowAccess(String base, Optional<Login> login, Optional<SSLContext> tls) {
        this.base = base;
        this.login = login;
        this.tls = tls;
    }

    /** As this process's variables say. */
    static MlflowAccess of(String server) {
        return of(server, System.getenv());
    }

    /**
     * @throws PenstockException {@code PEN-CFG-007} no address; {@code PEN-CFG-060} a login that cannot be sent;
     *     {@code PEN-CFG-061} TLS settings that cannot be used
     */
    static MlflowAccess of(String server, Map<String, String> variables) {
        URI uri = parsed(server);
        Optional<Login> login = Optional.ofNullable(uri.getUserInfo())
                .filter(info -> !info.isEmpty())
                .map(info -> new Login(basic(info.contains(":") ? info : info + ":"), "the address"))
                .or(() -> ofVariables(variables));
        return new MlflowAccess(bare(server), login, Tls.context(variables));
    }

    /** Without a login, and with Java's own TLS. */
    static MlflowAccess open(String server) {
        return of(server, Map.of());
    }

    private static Optional<Login> ofVariables(Map<String, String> variables) {
        String name = variables.getOrDefault(USERNAME, "");
        String password = variables.getOrDefault(PASSWORD, "");
        if (!name.isEmpty() && !password.isEmpty()) {
            return Optional.of(new Login(basic(name + ":" + password), USERNAME + " and " + PASSWORD));
        }
        String token = variables.getOrDefault(TOKEN, "").strip();
        if (token.isEmpty()) {
            return Optional.empty();
        }
        if (!PRINTABLE.matcher(token).matches()) {
            // The HTTP client would refuse it, too, and print it
            throw new PenstockException(
                    ErrorCode.INVALID_MLFLOW_TOKEN,
                    "Cannot send the token of the MLflow server: it holds a blank, a line end or a letter beyond ASCII",
                    TOKEN,
                    "Give the token alone, on one line");
        }
        return Optional.of(new Login("Bearer " + token, TOKEN));
    }

    private static String basic(String nameAndPassword) {
        return "Basic " + Base64.getEncoder().encodeToString(nameAndPassword.getBytes(StandardCharsets.UTF_8));
    }

    private static URI parsed(String server) {
        try {
            URI uri = URI.create(server);
            if (uri.getHost() != null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // told below, without what it quotes
        }
        throw new PenstockException(
                ErrorCode.INVALID_ADDRESS,
                "Invalid MLflow address: " + UserInfo.maskedAddress(server),
                "penstock.mlflow",
                "Give http://host:port; in a name or password write / ? # @ : as %2F %3F %23 %40 %3A");
    }

    private static String bare(String server) {
        return server.replaceFirst("://[^/@]*@", "://").replaceAll("/+$", "");
    }

    String base() {
        return base;
    }

    /** The value of the header {@code Authorization}. */
    Optional<String> authorization() {
        return login.map(Login::header);
    }

    /** Which login the server was given, for a message. */
    String whichLogin() {
        return login.map(given -> "the login of " + given.from()).orElse("no login, since none is set");
    }

    Optional<SSLContext> tls() {
        return tls;
    }
}
