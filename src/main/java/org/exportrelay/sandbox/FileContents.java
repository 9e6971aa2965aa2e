package org.exportrelay.sandbox;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPOutputStream;

/**
 * The bytes of every file. Only sizes and digests are kept; the bytes are generated again when
 * needed, with a bounded cache of the last ones used. Thread-safe: two threads that need the same
 * file at the same time may both generate it, with equal bytes.
 */
final class FileContents {

    /** Size and digest of a file, as the API and the store report them. */
    record Facts(int size, String md5) {}

    private final Seed seed;
    private final long rememberedLimit;
    private final Map<FileKey, Facts> facts = new ConcurrentHashMap<>();
    private final Map<FileKey, byte[]> remembered = new LinkedHashMap<>(16, 0.75f, true);
    private long rememberedBytes;

    /**
     * @param rememberedLimit most bytes kept in memory, all files together
     */
    FileContents(Seed seed, long rememberedLimit) {
        this.seed = seed;
        this.rememberedLimit = rememberedLimit;
    }

    /** Size and digest; the first call generates the file. */
    Facts facts(SandboxExport export, int index) {
        return facts.computeIfAbsent(new FileKey(export.id(), index), key -> measure(bytes(export, index)));
    }

    /** The bytes, for reading only: they are shared. */
    byte[] bytes(SandboxExport export, int index) {
        FileKey key = new FileKey(export.id(), index);
        byte[] known = recall(key);
        if (known != null) {
            return known;
        }
        byte[] made = make(export, index);
        remember(key, made);
        return made;
    }

    /** The files of an export are no longer what they were. */
    void forget(String exportId) {
        facts.keySet().removeIf(key -> key.exportId().equals(exportId));
        synchronized (this) {
            remembered.entrySet().removeIf(entry -> {
                boolean isForgotten = entry.getKey().exportId().equals(exportId);
                rememberedBytes -= isForgotten ? entry.getValue().length : 0;
                return isForgotten;
            });
        }
    }

    private byte[] make(SandboxExport export, int index) {
        SandboxFile file = export.files().get(index);
        return file.text() == null
                ? new SampleCsv(export.ofPeople(), file.records(), seed.random("file " + export.id() + " " + index))
                        .gzip()
                : given(file);
    }

    private static byte[] given(SandboxFile file) {
        byte[] text = file.text().getBytes(StandardCharsets.UTF_8);
        if (!file.filename().endsWith(".gz")) {
            return text;
        }
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return compressed.toByteArray();
    }

    private synchronized byte[] recall(FileKey key) {
        return remembered.get(key);
    }

    private synchronized void remember(FileKey key, byte[] bytes) {
        if (remembered.put(key, bytes) == null) {
            rememberedBytes += bytes.length;
        }
        var eldest = remembered.values().iterator();
        while (rememberedBytes > rememberedLimit) {
            rememberedBytes -= eldest.next().length;
            eldest.remove();
        }
    }

    private static Facts measure(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("MD5").digest(bytes);
            return new Facts(bytes.length, String.format("%032x", new BigInteger(1, digest)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }
}
