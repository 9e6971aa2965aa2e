package org.exportrelay.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.CopyOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.file.virtualfs.VirtualFileSystemFactory;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.session.ServerSession;
import org.apache.sshd.sftp.SftpModuleProperties;
import org.apache.sshd.sftp.server.FileHandle;
import org.apache.sshd.sftp.server.Handle;
import org.apache.sshd.sftp.server.SftpEventListener;
import org.apache.sshd.sftp.server.SftpSubsystem;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;

/** An SFTP server on 127.0.0.1 over a directory, with the faults and habits that a test gives it. */
public final class SftpServer implements AutoCloseable {

    public static final String USER = "relay";
    public static final String PASSWORD = "p&ss+w%rd#1";

    private final Path root;
    private final AtomicInteger passwordsRefused = new AtomicInteger();
    private final AtomicInteger writing = new AtomicInteger();
    private final AtomicInteger mostWriting = new AtomicInteger();
    private final AtomicInteger listings = new AtomicInteger();
    private final List<String> uploads = new CopyOnWriteArrayList<>();
    private final Map<String, byte[]> taken = new ConcurrentHashMap<>();
    private volatile StatHook onStat = attributes -> attributes;
    private volatile RenameHook onRename = (from, to) -> true;
    private volatile boolean takesAtClose;
    private volatile boolean deniesDirectories;
    private volatile boolean deniesRenames;
    private volatile WriteHook onWrite = (session, offset) -> {};
    private KeyPair hostKey = ecKey();
    private PublicKey clientKey;
    private volatile String expectedPassword = PASSWORD;
    private volatile long lostAtTheEnd;
    private boolean posixRename = true;
    private int channels = Integer.MAX_VALUE;
    private int port;
    private SshServer server;

    /**
     * @param root what a client sees as {@code /}
     */
    public SftpServer(Path root) {
        this.root = root;
        try {
            Files.createDirectories(root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What happens when a client writes at an offset of a file; an exception is the client's answer. */
    @FunctionalInterface
    public interface WriteHook {
        void writes(ServerSession session, long offset) throws IOException;
    }

    /** What a client is answered that asks for a file's attributes; an exception is the answer instead of them. */
    @FunctionalInterface
    public interface StatHook {
        Map<String, Object> answer(Map<String, Object> attributes) throws IOException;
    }

    /** What happens instead of a rename, which is acknowledged; true lets the server rename. */
    @FunctionalInterface
    public interface RenameHook {
        boolean renames(Path from, Path to) throws IOException;
    }

    public SftpServer onRename(RenameHook hook) {
        onRename = hook;
        return this;
    }

    public SftpServer onStat(StatHook hook) {
        onStat = hook;
        return this;
    }

    public SftpServer withPassword(String password) {
        expectedPassword = password;
        return this;
    }

    /** Reports all attributes of a file but its size. */
    public SftpServer withoutSizes() {
        return onStat(attributes -> {
            Map<String, Object> others = new HashMap<>(attributes);
            others.remove("size");
            return others;
        });
    }

    /** Reports no attributes of files or directories at all. */
    public SftpServer denyingStat() {
        return onStat(attributes -> {
            throw new AccessDeniedException("stat");
        });
    }

    /** Accepts files but shows none; directories are shown. */
    public SftpServer hidingFiles() {
        return onStat(attributes -> {
            if (Boolean.TRUE.equals(attributes.get("isRegularFile"))) {
                throw new NoSuchFileException("hidden");
            }
            return attributes;
        });
    }

    /** Takes each file away when it has been written and closed. */
    public SftpServer takingFilesAtClose() {
        takesAtClose = true;
        return this;
    }

    public SftpServer denyingDirectories() {
        deniesDirectories = true;
        return this;
    }

    public SftpServer denyingRenames() {
        deniesRenames = true;
        return this;
    }

    public SftpServer withoutPosixRename() {
        posixRename = false;
        return this;
    }

    public SftpServer withOneChannelOnly() {
        channels = 1;
        return this;
    }

    /** Accepts this key as well as the password. */
    public SftpServer withClientKey(PublicKey key) {
        clientKey = key;
        return this;
    }

    public SftpServer withNewHostKey() {
        hostKey = ecKey();
        return this;
    }

    public SftpServer onWrite(WriteHook hook) {
        onWrite = hook;
        return this;
    }

    /** Accepts so many bytes at the end of each file without keeping them. */
    public SftpServer losing(long bytes) {
        lostAtTheEnd = bytes;
        return this;
    }

    /** Every packet of a file takes so long. */
    public SftpServer throttled(long millis) {
        return onWrite((session, offset) -> pause(millis));
    }

    /** Stops answering once a file is written to, until the client disconnects. */
    public SftpServer silentWhenWrittenTo() {
        return onWrite((session, offset) -> {
            session.getIoSession().suspendRead();
            while (session.isOpen()) {
                pause(20);
            }
        });
    }

    /** Starts, on the port that it had before, if any. */
    public SftpServer start() {
        server = SshServer.setUpDefaultServer();
        server.setHost("127.0.0.1");
        server.setPort(port);
        server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
        server.setFileSystemFactory(new VirtualFileSystemFactory(root));
        server.setPasswordAuthenticator((user, password, session) -> {
            boolean right = USER.equals(user) && expectedPassword.equals(password);
            passwordsRefused.addAndGet(right ? 0 : 1);
            return right;
        });
        server.setPublickeyAuthenticator(
                (user, key, session) -> USER.equals(user) && clientKey != null && KeyUtils.compareKeys(clientKey, key));
        SftpSubsystemFactory sftp = new SftpSubsystemFactory() {
            @Override
            public Command createSubsystem(ChannelSession channel) {
                SftpSubsystem subsystem = new Subsystem(channel, this);
                subsystem.addSftpEventListener(new Writes());
                return subsystem;
            }
        };
        server.setSubsystemFactories(List.of(sftp));
        CoreModuleProperties.MAX_CONCURRENT_CHANNELS.set(server, channels);
        if (!posixRename) {
            SftpModuleProperties.OPENSSH_EXTENSIONS.set(server, "fsync@openssh.com=1");
        }
        try {
            server.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        port = server.getPort();
        return this;
    }

    public void stop() {
        try {
            server.stop(true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String url() {
        return "sftp://127.0.0.1:" + port;
    }

    public int port() {
        return port;
    }

    /** As OpenSSH prints it. */
    public String fingerprint() {
        return KeyUtils.getFingerPrint(hostKey.getPublic());
    }

    public int passwordsRefused() {
        return passwordsRefused.get();
    }

    /** How many files were open for writing at the same time, at most. */
    public int mostWriting() {
        return mostWriting.get();
    }

    /** How often a client has listed a directory. */
    public int listings() {
        return listings.get();
    }

    /** The names under which files were opened for writing, in order. */
    public List<String> uploads() {
        return List.copyOf(uploads);
    }

    /** What {@link #takingFilesAtClose} has taken, by the name that it had. */
    public Map<String, byte[]> taken() {
        return Map.copyOf(taken);
    }

    /** Names in a directory, hidden ones too, sorted. */
    public List<String> names(String directory) {
        Path listed = root.resolve(directory);
        if (!Files.isDirectory(listed)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(listed)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path file(String path) {
        return root.resolve(path);
    }

    @Override
    public void close() {
        stop();
    }

    /** A new key pair. */
    public static KeyPair ecKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has EC keys", e);
        }
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Writes implements SftpEventListener {

        @Override
        public void writing(
                ServerSession session,
                String handle,
                FileHandle file,
                long offset,
                byte[] data,
                int dataOffset,
                int length)
                throws IOException {
            mostWriting.accumulateAndGet(writing.incrementAndGet(), Math::max);
            try {
                onWrite.writes(session, offset);
            } finally {
                writing.decrementAndGet();
            }
        }

        @Override
        public void open(ServerSession session, String handle, Handle opened) {
            if (opened instanceof FileHandle file && file.getOpenOptions().contains(StandardOpenOption.WRITE)) {
                uploads.add(file.getFile().getFileName().toString());
            }
        }

        @Override
        public void creating(ServerSession session, Path path, Map<String, ?> attributes) throws IOException {
            if (deniesDirectories) {
                throw new AccessDeniedException(path.toString());
            }
        }

        @Override
        public void moving(ServerSession session, Path from, Path to, Collection<CopyOption> options)
                throws IOException {
            if (deniesRenames) {
                throw new AccessDeniedException(from.toString());
            }
        }

        @Override
        public void closed(ServerSession session, String handle, Handle closed, Throwable thrown) throws IOException {
            if (takesAtClose && closed instanceof FileHandle) {
                taken.put(closed.getFile().getFileName().toString(), Files.readAllBytes(closed.getFile()));
                Files.delete(closed.getFile());
                return;
            }
            if (lostAtTheEnd > 0 && closed instanceof FileHandle) {
                try (FileChannel file = FileChannel.open(closed.getFile(), StandardOpenOption.WRITE)) {
                    file.truncate(Math.max(0, file.size() - lostAtTheEnd));
                }
            }
        }
    }

    private final class Subsystem extends SftpSubsystem {

        Subsystem(ChannelSession channel, SftpSubsystemFactory factory) {
            super(channel, factory);
        }

        @Override
        protected Map<String, Object> doStat(int id, String path, int flags) throws IOException {
            return onStat.answer(super.doStat(id, path, flags));
        }

        @Override
        protected void doRename(int id, String from, String to, Collection<CopyOption> options) throws IOException {
            if (onRename.renames(resolveFile(from), resolveFile(to))) {
                super.doRename(id, from, to, options);
            }
        }

        @Override
        protected String doOpenDir(int id, String path, Path directory, LinkOption... options) throws IOException {
            listings.incrementAndGet();
            return super.doOpenDir(id, path, directory, options);
        }
    }
}
