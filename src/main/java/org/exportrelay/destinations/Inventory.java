package org.exportrelay.destinations;

import java.util.Optional;
import java.util.function.Consumer;

/** What a destination holds now. Reads only. Connects at the first use. For one thread. */
public interface Inventory extends AutoCloseable {

    /** How the locations of all its files begin, as the ledger records them. */
    String root();

    /**
     * Lists the files of one directory, without those in directories below it. Memory is constant, and so is the number of
     * requests for each thousand files.
     *
     * @param directory location that ends in a slash, below {@link #root}
     * @param files receives each; none if there is no such directory
     * @throws Exception if the destination does not answer, or refuses
     */
    void list(String directory, Consumer<ListedFile> files) throws Exception;

    /**
     * The checksum of a file.
     *
     * @return in lower-case hex; an empty text if another program has written the file without one; nothing if the
     *     destination has no checksums, so that the whole file would have to be fetched
     * @throws Exception if the destination does not answer, or refuses
     */
    Optional<String> sha256(String location) throws Exception;

    @Override
    void close();
}
